import numpy as np
import pytest

from core.metrics.predictions import Predictions
from core.metrics.samples import (
    SampleFilter,
    chosen_samples,
    sample_table,
    selection_summary,
    share_more_certain,
)


@pytest.fixture
def predictions() -> Predictions:
    """Six samples of three classes; the fourth is an exact tie, the fifth a close call, the sixth is wrong."""
    probs = np.array(
        [
            [0.9, 0.05, 0.05],
            [0.1, 0.8, 0.1],
            [0.2, 0.1, 0.7],
            [0.4, 0.4, 0.2],
            [0.45, 0.1, 0.45 - 1e-3],
            [0.3, 0.6, 0.1],
        ]
    )
    return Predictions(np.log(probs).astype(np.float32), np.array([0, 1, 2, 1, 0, 0]), ("a", "b", "c"))


UNCERTAINTY = np.array([0.1, 0.2, 0.3, 0.6, 0.55, 0.4])


def test_a_score_equal_to_the_threshold_is_accepted(predictions):
    refused = chosen_samples(predictions, UNCERTAINTY, SampleFilter(above=0.4))
    accepted = chosen_samples(predictions, UNCERTAINTY, SampleFilter(up_to=0.4))
    assert refused.tolist() == [3, 4]
    assert accepted.tolist() == [5, 2, 1, 0]


def test_all_conditions_must_hold(predictions):
    wanted = SampleFilter(correct=False, true_classes=(0,), predicted_classes=(1,))
    assert chosen_samples(predictions, UNCERTAINTY, wanted).tolist() == [5]


def test_equal_scores_keep_the_order_of_the_split(predictions):
    for order in ("least certain first", "most certain first", "as stored"):
        chosen = chosen_samples(predictions, np.zeros(6), SampleFilter(order=order))
        assert chosen.tolist() == [0, 1, 2, 3, 4, 5]


def test_one_per_class_takes_the_first_of_each_true_class_in_the_wanted_order(predictions):
    wanted = SampleFilter(order="least certain first", one_per_class=True)
    assert chosen_samples(predictions, UNCERTAINTY, wanted).tolist() == [4, 3, 2]


def test_nothing_is_chosen_where_no_sample_meets_the_conditions(predictions):
    chosen = chosen_samples(predictions, UNCERTAINTY, SampleFilter(above=1.0))
    summary = selection_summary(predictions, chosen)
    assert (summary.num_chosen, summary.num_correct, summary.close_calls, summary.ties) == (0, 0, 0, 0)
    assert np.isnan(summary.accuracy_chosen)
    assert summary.accuracy_others == pytest.approx(4 / 6)


def test_summary_counts_right_answers_close_calls_and_ties(predictions):
    summary = selection_summary(predictions, np.array([3, 4, 5]))
    # The tie goes to the first class, so sample 3 (true b) is wrong; 4 is right, 5 is wrong.
    assert (summary.num_chosen, summary.num_correct, summary.close_calls, summary.ties) == (3, 1, 2, 1)
    assert summary.accuracy_chosen == pytest.approx(1 / 3)
    assert summary.accuracy_others == 1.0


def test_the_accuracy_of_the_others_is_nan_when_all_are_chosen(predictions):
    assert np.isnan(selection_summary(predictions, np.arange(6)).accuracy_others)


def test_share_more_certain_counts_ties_half():
    assert share_more_certain(np.array([1.0, 2.0, 2.0, 3.0]), 2.0) == 0.5
    assert share_more_certain(np.array([1.0, 2.0, 2.0, 3.0]), 3.0) == 0.875


def test_the_table_has_a_column_for_every_score_probability_and_logit(predictions):
    table = sample_table(predictions, np.array([5, 0]), {"least_confidence": UNCERTAINTY})
    assert table["sample"].tolist() == [5, 0]
    assert table["true"].tolist() == ["a", "a"]
    assert table["predicted"].tolist() == ["b", "a"]
    assert table["right"].tolist() == [False, True]
    assert table["least_confidence"].tolist() == [0.4, 0.1]
    assert table["probability b"] == pytest.approx([0.6, 0.05])
    assert table["logit b"] == pytest.approx(np.log([0.6, 0.05]))
