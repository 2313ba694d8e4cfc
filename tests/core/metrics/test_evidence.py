import numpy as np
import pytest

from core.metrics.evidence import Evidence, Reference, Training
from core.metrics.predictions import Predictions, softmax


def test_probabilities_are_those_of_the_logits_in_float64():
    evidence = Evidence(np.array([[0.0, np.log(3)]], np.float32))
    assert evidence.probs.dtype == np.float64
    assert evidence.probs[0] == pytest.approx([0.25, 0.75], rel=1e-7)
    np.testing.assert_array_equal(evidence.probs, softmax(evidence.logits))


def test_what_depends_on_training_images_alone_is_computed_once():
    training = Training(np.array([[0.0, 3], [4, 0]]), np.array([0, 1]), np.array([[1.0, 1], [0, 2]]))
    assert training.mean.tolist() == [2, 1.5]
    assert training.unit_features.tolist() == [[0, 1], [1, 0]]
    assert training.weight_distances.tolist() == [[0, 2], [2, 0]]
    for name in ("mean", "whitened", "unit_features", "weight_distances"):
        assert getattr(training, name) is getattr(training, name)


def test_the_p_of_max_logit_pnorm_is_chosen_on_validation_once(monkeypatch):
    asked = []
    monkeypatch.setattr("core.metrics.evidence.choose_p", lambda logits, correct: asked.append(correct.tolist()) or 3)
    reference = Reference(Predictions(np.eye(2), np.array([0, 0]), ("a", "b")))
    assert (reference.max_logit_p, reference.max_logit_p) == (3, 3)
    assert asked == [[True, False]]
