import time

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.metrics import selective
from core.metrics.evidence import Evidence, Reference
from core.metrics.predictions import Predictions
from core.metrics.scores import FROM_LOGITS, SCORES, labels_from
from core.metrics.selective_table import MEASURES, selective_table


@pytest.fixture
def three(rng):
    """Right and wrong answers, a score that ranks them well, nearly the same score, and one that says nothing."""
    correct = rng.random(2000) > 0.1
    good = rng.random(2000) + 0.8 * ~correct
    return {"nearly": good + 0.02 * rng.random(2000), "good": good, "nothing": rng.random(2000)}, correct


def test_every_measure_is_that_of_the_plain_functions(three):
    uncertainties, correct = three
    table = selective_table(uncertainties, correct)
    assert list(table) == ["nearly", "good", "nothing"]
    for score, values in uncertainties.items():
        assert list(table[score]) == list(MEASURES)
        expected = {
            "aurc": selective.aurc(values, correct),
            "excess_aurc": selective.excess_aurc(values, correct),
            "augrc": selective.augrc(values, correct),
            "error_auroc": roc_auc_score(~correct, values),
            "coverage_at_99": selective.coverage_at_risk(values, correct, 0.01),
            "coverage_at_99_5": selective.coverage_at_risk(values, correct, 0.005),
            "accuracy_at_90": selective.accuracy_at_coverage(values, correct, 0.9),
            "accuracy_at_95": selective.accuracy_at_coverage(values, correct, 0.95),
        }
        assert {key: cell.value for key, cell in table[score].items()} == pytest.approx(expected, abs=1e-13)
        assert all(cell.interval is None and cell.behind_best is None for cell in table[score].values())


def test_the_best_and_what_cannot_be_told_from_it_are_marked(three):
    table = selective_table(*three, num_resamples=500)
    for key in ("aurc", "augrc", "error_auroc", "accuracy_at_90"):
        lead = [score for score in table if table[score][key].is_best]
        assert lead and "nothing" not in lead
        assert table[lead[0]][key].behind_best == (0, 0)
        assert not table["nothing"][key].among_best
        for cells in table.values():
            lower, upper = cells[key].interval
            assert lower <= cells[key].value <= upper
            lower, upper = cells[key].behind_best
            assert cells[key].among_best == (lower <= 0 <= upper)
    lower, upper = table["nothing"]["aurc"].behind_best
    assert 0 < lower < upper  # a larger area is worse
    assert table["nothing"]["error_auroc"].behind_best[1] < 0
    paired = np.ptp(table["nearly"]["aurc"].behind_best)
    assert paired < np.ptp(table["nearly"]["aurc"].interval) / 5  # both scores owe the same luck to the draw


def test_two_scores_with_the_same_order_are_both_best():
    uncertainty, correct = np.array([0.1, 0.2, 0.3, 0.4]), np.array([True, False, True, False])
    table = selective_table({"a": uncertainty, "b": np.exp(uncertainty)}, correct, num_resamples=50)
    assert all(cell.is_best and cell.among_best for cells in table.values() for cell in cells.values())


@pytest.mark.parametrize("right", [True, False])
def test_without_errors_or_without_right_answers_the_auroc_is_missing(right):
    table = selective_table({"a": [0.1, 0.2], "b": [0.2, 0.1]}, [right, right], num_resamples=20)
    assert all(np.isnan(cells["error_auroc"].value) for cells in table.values())
    assert all(np.isnan(cells["error_auroc"].interval).all() for cells in table.values())
    assert table["a"]["aurc"].value == table["b"]["aurc"].value == (0 if right else 1)
    assert table["a"]["coverage_at_99"].value == (1 if right else 0)


def test_one_sample_has_all_measures():
    (cells,) = selective_table({"a": [0.5]}, [True], num_resamples=3).values()
    assert cells["accuracy_at_90"].value == 1 and cells["accuracy_at_90"].interval == (1, 1)


def test_no_score_and_missing_values_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="at least one score"):
        selective_table({}, [True])
    with pytest.raises(ValueError, match="must not contain NaN"):
        selective_table({"a": [np.nan]}, [True])


def test_the_table_of_all_scores_of_logits_takes_less_than_a_tenth_of_a_second(rng):
    logits = 3 * rng.normal(size=(10_000, 10))
    labels = np.where(rng.random(10_000) < 0.9, logits.argmax(axis=1), rng.integers(10, size=10_000))
    predictions = Predictions(logits, labels, tuple("0123456789"))
    evidence, reference = Evidence(predictions.logits), Reference(predictions)
    uncertainties = {label: SCORES[label].values(evidence, reference) for label in labels_from(FROM_LOGITS)}
    start = time.process_time()  # of this process alone: others may keep the cores busy
    table = selective_table(uncertainties, predictions.correct)
    assert time.process_time() - start < 0.1
    assert len(table) == 8
