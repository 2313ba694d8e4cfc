import numpy as np
import pytest

from core.metrics.calibration import expected_calibration_error


def test_ece_by_hand():
    probs = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.4, 0.6]])
    labels = np.array([0, 1, 0, 1])
    # Two bins, both samples groups above 1/2: one bin with accuracy 3/4 and confidence 0.75.
    assert expected_calibration_error(probs, labels, num_bins=2) == pytest.approx(0)
    # Ten bins: (0.8, 0.9] has confidence 0.9 and accuracy 1/2; (0.5, 0.6] 0.6 and 1.
    assert expected_calibration_error(probs, labels, num_bins=10) == pytest.approx((2 * 0.4 + 2 * 0.4) / 4)


def test_ece_agrees_with_a_loop_over_bins(rng):
    probs = rng.dirichlet(np.ones(4) / 2, size=500)
    labels = rng.integers(4, size=500)
    confidence, right, expected = probs.max(axis=1), probs.argmax(axis=1) == labels, 0
    for lower in range(15):
        inside = (confidence > lower / 15) & (confidence <= (lower + 1) / 15)
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    assert expected_calibration_error(probs, labels) == pytest.approx(expected, abs=1e-12)


def test_certain_and_right_is_calibrated_and_certain_and_wrong_is_not():
    certain = np.eye(3)
    assert expected_calibration_error(certain, np.arange(3)) == 0
    assert expected_calibration_error(certain, np.array([1, 2, 0])) == 1


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(ValueError, match="probs and labels must have shapes"):
        expected_calibration_error(np.ones((2, 2)), np.zeros(3, int))
    with pytest.raises(ValueError, match="at least one sample"):
        expected_calibration_error(np.ones((0, 2)), np.zeros(0, int))
    with pytest.raises(ValueError, match="num_bins"):
        expected_calibration_error(np.ones((1, 2)), np.zeros(1, int), 0)
