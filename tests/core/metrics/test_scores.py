import numpy as np
import pytest

from core.metrics import features, uncertainty
from core.metrics.evidence import Evidence, Reference, Training
from core.metrics.passes import pass_summary
from core.metrics.predictions import Predictions
from core.metrics.scores import FROM_LOGITS, SCORES, Need, labels_from

NUM_CLASSES, NUM_FEATURES = 3, 4
OF_PASSES = ("MC predictive entropy", "MC mutual information")
OF_FEATURES = ("Mahalanobis", "Relative Mahalanobis", "Normalised Mahalanobis", "k-NN distance", "fDBD")


@pytest.fixture
def evidence(rng):
    return Evidence(
        rng.normal(size=(6, NUM_CLASSES)),
        rng.normal(size=(6, NUM_FEATURES)),
        pass_summary(rng.dirichlet(np.ones(NUM_CLASSES), size=(6, 5))),
    )


@pytest.fixture
def reference(rng):
    validation = Predictions(rng.normal(size=(40, NUM_CLASSES)), rng.integers(NUM_CLASSES, size=40), tuple("abc"))
    training = Training(
        rng.normal(size=(80, NUM_FEATURES)), rng.integers(NUM_CLASSES, size=80), rng.normal(size=(4, NUM_CLASSES))
    )
    return Reference(validation, training)


def test_every_score_has_a_finite_value_per_sample(evidence, reference):
    for label, score in SCORES.items():
        values = score.values(evidence, reference)
        assert values.shape == (6,) and np.isfinite(values).all(), label
        assert not score.bounded or (values.min() >= 0 and values.max() <= 1), label


def test_one_image_scores_as_it_does_among_others(evidence, reference):
    alone = Evidence(evidence.logits[2:3], evidence.features[2:3], pass_summary(np.full((1, 2, 3), 1 / 3)))
    for label, score in SCORES.items():
        if label not in OF_PASSES:
            np.testing.assert_allclose(
                score.values(alone, reference), score.values(evidence, reference)[2:3], rtol=1e-6, err_msg=label
            )


def test_labels_are_the_keys_and_texts_are_there():
    assert list(SCORES) == [score.label for score in SCORES.values()]
    assert len(SCORES) == 15
    for score in SCORES.values():
        assert score.axis and score.meaning.endswith(".") and score.needs
        assert not score.source or "https://" in score.source


def test_saved_predictions_supply_eight_scores():
    assert labels_from(FROM_LOGITS) == (
        "Least confidence", "Entropy", "Margin", "Max logit", "Logit margin", "Energy", "GEN", "MaxLogit-pNorm",
    )  # fmt: skip
    assert labels_from({Need.PROBABILITIES}) == ("Least confidence", "Entropy", "Margin", "GEN")
    assert labels_from({Need.PASSES}) == OF_PASSES
    assert labels_from([*FROM_LOGITS, Need.FEATURES, Need.TRAINING_FEATURES])[8:] == OF_FEATURES
    assert labels_from(FROM_LOGITS | {Need.FEATURES}) == labels_from(FROM_LOGITS)
    assert labels_from(Need) == tuple(SCORES)
    assert labels_from(()) == ()


def test_what_a_score_needs_is_enough(evidence, reference):
    only_logits, only_validation = Evidence(evidence.logits), Reference(reference.validation)
    for label in labels_from(FROM_LOGITS):
        SCORES[label].values(only_logits, only_validation)
    for label in OF_PASSES:
        SCORES[label].values(Evidence(evidence.logits, passes=evidence.passes), only_validation)


@pytest.mark.parametrize("label", OF_PASSES)
def test_missing_passes_are_named(label, evidence, reference):
    with pytest.raises(ValueError, match="needs Monte Carlo dropout"):
        SCORES[label].values(Evidence(evidence.logits, evidence.features), reference)


@pytest.mark.parametrize("label", OF_FEATURES)
def test_missing_features_and_training_images_are_named(label, evidence, reference):
    with pytest.raises(ValueError, match="needs features"):
        SCORES[label].values(Evidence(evidence.logits), reference)
    with pytest.raises(ValueError, match="needs training images"):
        SCORES[label].values(evidence, Reference(reference.validation))


def test_scores_are_the_functions_of_their_names(evidence, reference):
    training = reference.training
    expected = {
        "Energy": uncertainty.energy(evidence.logits),
        "GEN": uncertainty.gen(evidence.probs),
        "MC mutual information": evidence.passes.mutual_information,
        "Mahalanobis": features.mahalanobis_uncertainty(evidence.features, training.features, training.labels),
        "Relative Mahalanobis": features.relative_mahalanobis(evidence.features, training.features, training.labels),
        "Normalised Mahalanobis": features.normalized_mahalanobis(
            evidence.features, training.features, training.labels
        ),
        "k-NN distance": features.knn_uncertainty(evidence.features, training.features, 50),
        "fDBD": features.fdbd(
            evidence.features,
            evidence.logits,
            features.weight_distances(training.weights),
            training.features.mean(axis=0),
        ),
    }
    for label, values in expected.items():
        np.testing.assert_allclose(SCORES[label].values(evidence, reference), values, rtol=1e-12, err_msg=label)


def test_few_training_images_still_have_a_neighbor(reference):
    few = Reference(reference.validation, Training(np.eye(2), np.array([0, 1]), np.eye(2)))
    distance = SCORES["k-NN distance"].values(Evidence(np.zeros((2, 2)), np.eye(2)), few)
    np.testing.assert_allclose(distance, np.sqrt(2), rtol=1e-6)
