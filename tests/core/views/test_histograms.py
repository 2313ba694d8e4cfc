"""Histograms are read as what is sent to the browser: where each bar begins and ends, and how many images it counts."""

import numpy as np
import pytest

from core.views import drawing, histograms, shift
from tests.core.views.tables import tables


def bars_of(spec):
    return tables(spec)["bars"]


def sides(bars, threshold, what="outcome", counted="count"):
    """What is drawn entirely at or left of the threshold, and what entirely at or right of it, by outcome or data set."""
    left, right = (
        bars[near].groupby(what)[counted].sum().to_dict()
        for near in (bars.end <= np.float32(threshold), bars.start >= np.float32(threshold))
    )
    return left, right


THRESHOLDS = (0.0001, 0.02, 0.0249, 0.31, 0.4, 0.5001, 0.999)


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_every_bar_is_on_the_side_of_the_threshold_that_its_images_are_on(rng, threshold):
    uncertainty = np.append(rng.random(2000) ** 3, [0.0, 1.0])
    correct = rng.random(2002) > uncertainty / 2
    refused = uncertainty > threshold
    for spec in (
        histograms.score_histogram(histograms.score_bins(uncertainty, correct), threshold, "score"),
        drawing.place_on_histogram(histograms.score_bins(uncertainty, correct), threshold, 0.7, "score"),
    ):
        bars = bars_of(spec)
        left, right = sides(bars, threshold)
        for outcome, chosen in (("right", correct), ("wrong", ~correct)):
            assert left.get(outcome, 0) == (chosen & ~refused).sum()
            assert right.get(outcome, 0) == (chosen & refused).sum()


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_the_bars_of_both_data_sets_are_on_their_side_of_the_threshold(rng, threshold):
    own, foreign = rng.random(3000) ** 2, np.append(rng.random(999), 0)
    bars = bars_of(shift.two_histograms({"own": own, "foreign": foreign}, threshold, "score"))
    left, right = sides(bars, threshold, "data", "share")
    for name, values in (("own", own), ("foreign", foreign)):
        assert left.get(name, 0) == pytest.approx((values <= threshold).mean())
        assert right.get(name, 0) == pytest.approx((values > threshold).mean())


def test_a_score_equal_to_the_threshold_is_left_of_it_and_one_on_an_edge_in_the_bin_below():
    # Four bins from 0 to 1: the edges are 0.25, 0.5 and 0.75. An image is answered when its score is at most the threshold.
    uncertainty, correct = np.array([0, 0.25, 0.5, 0.5, 0.75, 1]), np.array([True, True, False, True, True, False])
    bars = bars_of(histograms.score_histogram(histograms.score_bins(uncertainty, correct, 4), 0.5, "score"))
    assert sides(bars, 0.5) == ({"right": 3, "wrong": 1}, {"right": 1, "wrong": 1})
    assert bars[bars.outcome == "right"].end.tolist() == [0.25, 0.5, 0.75]


def test_a_score_of_single_precision_equal_to_the_threshold_is_left_of_it():
    uncertainty = np.array([0, 0.1, 1], np.float32)
    threshold = float("0.1")  # float32(0.1) is larger than this, and yet NumPy answers the image
    assert (uncertainty <= threshold).tolist() == [True, True, False]
    bars = bars_of(
        histograms.score_histogram(histograms.score_bins(uncertainty, np.ones(3, bool), 4), threshold, "score")
    )
    assert sides(bars, threshold) == ({"right": 2}, {"right": 1})


def test_another_threshold_splits_another_bin_and_leaves_the_others_as_they_are():
    uncertainty, correct = np.linspace(0, 1, 101), np.ones(101, bool)
    without, with_one = (
        bars_of(histograms.score_histogram(histograms.score_bins(uncertainty, correct, 4), threshold, "score"))
        for threshold in (None, 0.3)
    )
    assert without[["start", "end", "count"]].to_numpy().tolist() == [
        [0, 0.25, 26], [0.25, 0.5, 25], [0.5, 0.75, 25], [0.75, 1, 25],
    ]  # fmt: skip
    assert with_one["end"].tolist() == pytest.approx([0.25, 0.3, 0.5, 0.75, 1])
    assert with_one["count"].tolist() == [26, 5, 20, 25, 25]


@pytest.mark.parametrize("threshold", [-1.0, 0.0, 0.25, 1.0, 7.0])
def test_a_threshold_on_an_edge_or_outside_of_the_scores_splits_no_bin(threshold):
    uncertainty, correct = np.linspace(0, 1, 101), np.ones(101, bool)
    bars = bars_of(histograms.score_histogram(histograms.score_bins(uncertainty, correct, 4), threshold, "score"))
    assert bars["count"].tolist() == [26, 25, 25, 25]


def test_the_bars_of_right_and_wrong_answers_have_the_whole_width_of_their_bin():
    uncertainty, correct = np.array([0.0, 0, 1, 1]), np.array([True, False, True, False])
    bars = bars_of(histograms.score_histogram(histograms.score_bins(uncertainty, correct, 2), None, "score"))
    assert (bars.end - bars.start).tolist() == [0.5, 0.5, 0.5, 0.5]


def test_the_refused_side_is_shaded_and_says_how_many_are_refused_and_wrong():
    uncertainty, correct = np.array([0, 0.2, 0.4, 0.6, 1]), np.array([True, True, False, True, False])
    bins = histograms.score_bins(uncertainty, correct, 4)

    def refused(threshold):
        return tables(histograms.score_histogram(bins, threshold, "score"))["refused"]

    assert refused(0.3).to_numpy().tolist() == [[0.3, 1.0, "refused 3 (2 wrong)", "refused"]]
    assert refused(0.4).text.tolist() == ["refused 2 (1 wrong)"]  # a score equal to the threshold is answered
    assert refused(-1.0).start.tolist() == [0.0]
    assert refused(1.0).empty


def test_without_a_threshold_there_is_no_mark_of_it_that_a_screen_reader_would_find_empty():
    bins = histograms.score_bins(np.array([0.0, 1]), np.array([True, False]))
    marks = [
        [layer["mark"]["type"] for layer in histograms.score_histogram(bins, threshold, "score")["layer"]]
        for threshold in (None, 0.5)
    ]
    assert marks == [["bar"], ["rect", "bar", "rule", "text"]]
