import numpy as np
import pytest

from core.metrics.calibration import expected_calibration_error
from core.metrics.detection import auroc
from core.metrics.ensemble_gain import ensemble_gain
from core.metrics.predictions import Predictions, softmax
from core.metrics.selective import aurc

NAMES = ("a", "b", "c")


@pytest.fixture
def members(rng):
    labels = rng.integers(3, size=200)
    signal = 1.5 * np.eye(3)[labels]
    return [Predictions(signal + rng.normal(0, 1.5, (200, 3)), labels, NAMES) for _ in range(4)]


def test_each_figure_is_that_of_the_mean_probabilities(members):
    found = ensemble_gain(members)
    probs = np.mean([member.probs for member in members], axis=0)
    labels = members[0].labels
    right = probs.argmax(axis=1) == labels
    assert found.ensemble.accuracy == right.mean()
    assert found.ensemble.ece == pytest.approx(expected_calibration_error(probs, labels), abs=1e-6)
    assert found.ensemble.aurc == pytest.approx(aurc(1 - probs.max(axis=1), right))
    assert np.isnan(found.ensemble.ood_auroc)
    assert [figures.accuracy for figures in found.members] == [member.accuracy for member in members]
    assert found.ensemble.accuracy > max(figures.accuracy for figures in found.members)
    assert found.curve.accuracy[-1] == pytest.approx(right.mean())


def test_mutual_information_changes_the_order_but_not_the_answers(members):
    found = ensemble_gain(members)
    probs = np.stack([member.probs for member in members])
    entropy = -(probs * np.log(probs)).sum(axis=-1)
    mean = probs.mean(axis=0)
    information = -(mean * np.log(mean)).sum(axis=-1) - entropy.mean(axis=0)
    right = mean.argmax(axis=1) == members[0].labels
    assert found.by_mutual_information.aurc == pytest.approx(aurc(information, right))
    assert found.by_mutual_information.accuracy == found.ensemble.accuracy
    assert found.by_mutual_information.ece == found.ensemble.ece


def test_out_of_distribution_images_are_scored_by_the_same_ensemble(members, rng):
    elsewhere = [rng.normal(0, 0.5, (50, 3)) for _ in members]
    found = ensemble_gain(members, elsewhere)
    test, other = (
        np.mean([softmax(logits) for logits in part], axis=0) for part in ([m.logits for m in members], elsewhere)
    )
    assert found.ensemble.ood_auroc == pytest.approx(auroc(1 - test.max(axis=1), 1 - other.max(axis=1)), abs=1e-6)
    single = auroc(1 - members[0].probs.max(axis=1), 1 - softmax(np.float32(elsewhere[0])).max(axis=1))
    assert found.members[0].ood_auroc == pytest.approx(single)
    assert 0 <= found.by_mutual_information.ood_auroc <= 1


def test_members_that_agree_gain_nothing(members):
    found = ensemble_gain([members[0]] * 3)
    assert found.ensemble.accuracy == found.members[0].accuracy
    assert found.ensemble.aurc == pytest.approx(found.members[0].aurc, abs=1e-6)
    assert found.ensemble.ece == pytest.approx(found.members[0].ece, abs=1e-6)


def test_logits_for_other_images_must_belong_to_the_members(members, rng):
    with pytest.raises(ValueError, match="one array of logits per member"):
        ensemble_gain(members, [np.zeros((5, 3))])
    with pytest.raises(ValueError, match="all of the same shape"):
        ensemble_gain(members, [np.zeros((5 + place, 3)) for place in range(4)])
    with pytest.raises(ValueError, match="one array of logits per member"):
        ensemble_gain(members, [np.zeros((0, 3))] * 4)
