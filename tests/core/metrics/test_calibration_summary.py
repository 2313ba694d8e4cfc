import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss

from core.metrics import calibration
from core.metrics.calibration_summary import calibration_summary
from core.metrics.predictions import softmax
from core.metrics.smooth_calibration import smooth_calibration_error


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_every_measure_is_that_of_the_scaled_probabilities(rng, temperature):
    logits, labels = 2 * rng.normal(size=(300, 4)), rng.integers(4, size=300)
    probs = softmax(logits / temperature)
    found = calibration_summary(logits, labels, 10, temperature)
    assert found.accuracy == (logits.argmax(axis=1) == labels).mean()
    assert found.confidence == pytest.approx(probs.max(axis=1).mean())
    assert found.ece == pytest.approx(calibration.expected_calibration_error(probs, labels, 10))
    assert found.adaptive == pytest.approx(calibration.adaptive_calibration_error(probs, labels, 10))
    assert found.classwise == pytest.approx(calibration.classwise_calibration_error(probs, labels, 10))
    assert found.smooth == pytest.approx(smooth_calibration_error(probs, labels))
    assert found.brier == pytest.approx(brier_score_loss(labels, probs, scale_by_half=False))
    assert found.nll == pytest.approx(log_loss(labels, probs))


@pytest.mark.parametrize("temperature", [0, -1, np.inf, np.nan])
def test_a_temperature_that_cannot_be_used_is_refused(temperature):
    with pytest.raises(ValueError, match=r"temperature must be above 0 and finite, got .* Use 1"):
        calibration_summary(np.zeros((1, 2)), np.zeros(1, int), temperature=temperature)
