"""The charts are read as what is sent to the browser: data and encodings, not pixels."""

import re

import numpy as np
import pandas as pd
import pytest

from core.metrics.rejection import reject_outcome
from core.metrics.selective import accuracy_coverage_curve
from core.views import bars, curves, histograms, learning, matrices
from tests.core.views.tables import rows, tables


@pytest.fixture
def split(rng):
    """Two splits of 2,000 samples: (uncertainty, correct) for validation and test."""
    made = []
    for _ in range(2):
        uncertainty = rng.random(2000) ** 3
        made.append((uncertainty, rng.random(2000) > 0.5 * uncertainty))
    return made


@pytest.fixture
def score(split):
    return curves.ScoreCurves("Entropy", *(accuracy_coverage_curve(*part) for part in split))


def all_rows(spec) -> pd.DataFrame:
    """All data of a chart as one table."""
    return pd.concat([table for table in tables(spec).values() if len(table)])


def test_a_preview_has_the_values_of_the_metrics_at_its_threshold(score, split):
    preview = rows(curves.curve_preview(score, num_test=2000))
    assert len(preview) <= 200
    for row in preview.iloc[[0, 50, -1]].itertuples():
        outcome = reject_outcome(*split[1], row.threshold)
        assert row.coverage == pytest.approx(outcome.coverage)
        assert row.accuracy == pytest.approx(outcome.accuracy_accepted)
        assert (row.left, row.caught) == (outcome.errors_left, outcome.errors_caught)
        assert row.refused == outcome.num_rejected
        on_validation = reject_outcome(*split[0], row.threshold)
        assert row.validation_coverage == pytest.approx(on_validation.coverage)
        assert row.validation_accuracy == pytest.approx(on_validation.accuracy_accepted)
    same = rows(curves.curve_preview(curves.ScoreCurves("a", score.test, score.test), num_test=2000))
    assert same.refused.iloc[-1] == 0


def test_the_text_under_the_pointer_uses_exactly_the_columns_of_the_preview(score):
    asked = set(re.findall(r"datum\.(\w+)", curves.PREVIEW_TEXT))
    assert asked == set(rows(curves.curve_preview(score, num_test=2000)))


def test_a_threshold_below_every_test_score_has_no_preview():
    validation = accuracy_coverage_curve([0.1, 0.5], [True, False])
    test = accuracy_coverage_curve([0.2, 0.5], [True, True])
    preview = rows(curves.curve_preview(curves.ScoreCurves("a", validation, test), num_test=2))
    assert preview.threshold.tolist() == [0.5]


def test_a_thinned_curve_keeps_its_ends_and_stays_in_the_shown_range(score):
    curve = score.test
    points = curves.thinned(curve, 100, least_coverage=0.8)
    assert len(points) <= 100
    assert points[-1] == len(curve.coverage) - 1
    assert curve.coverage[points[0]] == pytest.approx(0.8, abs=1e-3)


def test_the_curve_of_a_constant_score_is_its_one_point():
    curve = accuracy_coverage_curve(np.zeros(10), np.ones(10, bool))
    assert curves.thinned(curve, 240).tolist() == [0]
    score = curves.ScoreCurves("a", curve, curve)
    chart = curves.with_chosen(curves.accuracy_coverage([score], 10), (1.0, 1.0))
    assert len(all_rows(chart)) > 0


def test_every_score_is_drawn_for_both_splits_and_bands_only_on_request(score):
    other = curves.ScoreCurves("Margin", score.validation, score.test)
    chart = curves.with_chosen(curves.accuracy_coverage([score, other], 2000), (0.5, 0.9))
    data = all_rows(chart)
    assert set(zip(data.score.dropna(), data.split.dropna(), strict=True)) == {
        (name, split) for name in ("Entropy", "Margin") for split in ("validation", "test")
    }
    assert tables(chart)["band"].empty
    band = curves.Band(np.array([0.5, 1.0]), np.array([0.8, 0.7]), np.array([0.9, 0.8]))
    banded = curves.with_band(curves.accuracy_coverage([score], 2000, 0.8), band, 0.8)
    assert tables(banded)["band"].coverage.tolist() == [1.0]
    assert tables(banded)["chosen"].empty


def test_a_threshold_whose_coverage_is_outside_of_the_chart_has_no_mark_at_its_edge(score):
    chart = curves.accuracy_coverage([score], 2000, 0.8)
    assert tables(curves.with_chosen(chart, (0.73, 1.0), 0.8))["chosen"].empty
    assert tables(curves.with_chosen(chart, (0.8, 1.0), 0.8))["chosen"].coverage.tolist() == [0.8]


def test_hovering_stays_in_the_browser_and_a_click_sends_the_threshold(score):
    chart = curves.accuracy_coverage([score], 2000)
    selections = {param["name"]: param["select"] for param in chart["params"]}
    assert selections["hover"]["on"] == "pointermove"
    assert selections["pick"]["on"] == "click"
    assert selections["pick"]["fields"] == ["threshold"]


def test_the_histogram_counts_every_sample_once(split):
    uncertainty, correct = split[1]
    data = all_rows(histograms.score_histogram(histograms.score_bins(uncertainty, correct), 0.4, "Entropy"))
    counts = data.groupby("outcome")["count"].sum()
    assert counts.to_dict() == {"right": correct.sum(), "wrong": (~correct).sum()}
    assert data.threshold.dropna().tolist() == [0.4]


def test_a_histogram_of_one_value_can_be_drawn():
    data = all_rows(
        histograms.score_histogram(histograms.score_bins(np.full(5, 0.3), np.ones(5, bool)), None, "Entropy")
    )
    assert data["count"].sum() == 5


def test_class_bars_tell_the_true_class_from_a_wrong_prediction():
    data = all_rows(bars.class_bars(np.array([0.2, 0.5, 0.3]), "abc", 2, "t", "Probability", percent=True))
    assert data.role.tolist() == ["other", "predicted, wrong", "true class"]
    right = all_rows(bars.class_bars(np.array([0.2, 0.5, 0.3]), "abc", 1, "t", "Probability", percent=True))
    assert right.role.tolist() == ["other", "true class", "other"]


def test_the_confusion_heatmap_has_a_cell_for_every_pair_and_the_refused():
    matrix = np.arange(12).reshape(3, 4)
    data = all_rows(matrices.confusion_heatmap(matrix, list("abc"), [*"abc", "don't know"]))
    assert len(data) == 12
    assert data[(data["true"] == "b") & (data["answer"] == "don't know")]["count"].tolist() == [7]


def test_right_and_wrong_are_two_bars():
    assert all_rows(bars.right_and_wrong(41, 49, "90 images")).images.tolist() == [41, 49]


def test_learning_curves_show_both_splits_and_the_last_value():
    history = [
        {"epoch": e, "loss": 1 / e, "accuracy": 0.8, "validation_loss": 2 / e, "validation_accuracy": 0.75 + e / 100}
        for e in (1, 2)
    ]
    chart = learning.learning_curve(history, "accuracy", 5)
    assert all_rows(chart).groupby("split")["value"].max().to_dict() == pytest.approx(
        {"training": 0.8, "validation": 0.77}
    )
    assert chart["title"]["text"] == "Accuracy: 77.00% on validation"
    assert learning.learning_curve(history, "loss", 5)["title"]["text"] == "Loss: 1.0000 on validation"


def test_both_lines_of_a_loss_chart_are_cross_entropy_where_it_was_recorded():
    history = [
        {
            "epoch": 1,
            "loss": 0.9,
            "cross_entropy": 0.4,
            "validation_loss": 0.5,
            "accuracy": 0.8,
            "validation_accuracy": 0.7,
        }
    ]
    chart = learning.learning_curve(history, "loss", 1, ("label smoothing",))
    assert all_rows(chart).set_index("split")["value"].to_dict() == pytest.approx({"training": 0.4, "validation": 0.5})
    assert chart["title"]["subtitle"][-1] == "Both lines: cross-entropy alone"


def test_a_training_loss_with_other_terms_is_not_said_to_be_comparable_with_the_validation_loss():
    history = [
        {"epoch": e, "loss": 0.6, "validation_loss": 0.3, "accuracy": 0.9, "validation_accuracy": 0.9} for e in (1, 2)
    ]
    terms = ("label smoothing", "the superclass term")
    subtitle = learning.learning_curve(history, "loss", 2, terms)["title"]["subtitle"]
    assert subtitle[-2:] == [
        "Not comparable with each other: training includes",
        "label smoothing and the superclass term",
    ]
    # One segment without the cross-entropy is enough: a line of two quantities would be worse.
    mixed = [history[0], {**history[1], "cross_entropy": 0.4}]
    chart = learning.learning_curve(mixed, "loss", 2, terms)
    assert chart["title"]["subtitle"] == subtitle
    assert all_rows(chart).query("split == 'training'")["value"].tolist() == pytest.approx([0.6, 0.6])
    # Accuracy is the same quantity in both splits, and so is a loss without other terms.
    assert not any(
        "omparable" in text for text in learning.learning_curve(history, "accuracy", 2, terms)["title"]["subtitle"]
    )
    assert not any("omparable" in text for text in learning.learning_curve(history, "loss", 2)["title"]["subtitle"])


def test_another_threshold_changes_the_data_and_not_the_specification(score, split):
    def without_data(spec):
        return {key: value for key, value in spec.items() if key != "datasets"}

    curve = curves.accuracy_coverage([score], 2000)
    uncertainty, correct = split[1]
    for first, second in (
        (curves.with_chosen(curve, (0.5, 0.9)), curves.with_chosen(curve, None)),
        (
            histograms.score_histogram(histograms.score_bins(uncertainty, correct), 0.2, "e"),
            histograms.score_histogram(histograms.score_bins(uncertainty, correct), 0.9, "e"),
        ),
        (matrices.confusion_heatmap(np.eye(2), "ab", "ab"), matrices.confusion_heatmap(np.ones((2, 2)), "ab", "ab")),
    ):
        assert without_data(first) == without_data(second)
