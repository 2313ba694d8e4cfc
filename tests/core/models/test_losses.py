import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import log_softmax, softmax

from core.data import sources
from core.models import losses

FASHION = sources.source("fashion_mnist")
GROUPINGS = {name: losses.superclasses(source.class_names, source.groups) for name, source in sources.SOURCES.items()}


@pytest.fixture
def made(rng):
    """Labels and logits of 40 images, ten classes, none of them saturated."""
    return rng.integers(10, size=40), rng.normal(0, 3, (40, 10)).astype(np.float32)


def summed_softmax_twin(labels, logits, grouping):
    probs, superclass = softmax(logits.astype(np.float64), axis=-1), np.array(grouping)
    return np.array(
        [-np.log(row[superclass == superclass[label]].sum()) for row, label in zip(probs, labels, strict=True)]
    )


def test_cross_entropy_equals_its_float64_twin(made):
    labels, logits = made
    twin = -log_softmax(logits.astype(np.float64), axis=-1)[np.arange(40), labels]
    np.testing.assert_allclose(losses.cross_entropy(labels, logits), twin, rtol=1e-5, atol=1e-6)


def test_label_smoothing_spreads_its_share_of_the_target_evenly_as_keras_does(made):
    labels, logits = made
    smoothed = np.eye(10)[labels] * 0.8 + 0.02
    twin = -(smoothed * log_softmax(logits.astype(np.float64), axis=-1)).sum(axis=-1)
    np.testing.assert_allclose(losses.cross_entropy(labels, logits, 0.2), twin, rtol=1e-5)
    of_keras = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2, reduction=None)
    np.testing.assert_allclose(of_keras(np.eye(10, dtype=np.float32)[labels], logits), twin, rtol=1e-5)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10"])
def test_the_superclass_loss_is_that_of_the_summed_softmax(made, name):
    labels, logits = made
    found = losses.grouping_cross_entropy(labels, logits, [GROUPINGS[name]])
    np.testing.assert_allclose(found, summed_softmax_twin(labels, logits, GROUPINGS[name]), rtol=1e-4, atol=1e-6)


def test_the_superclass_loss_works_for_cats_and_dogs_of_37_breeds(rng):
    labels, logits = rng.integers(37, size=9), rng.normal(0, 3, (9, 37)).astype(np.float32)
    found = losses.grouping_cross_entropy(labels, logits, [GROUPINGS["oxford_pets"]])
    twin = summed_softmax_twin(labels, logits, GROUPINGS["oxford_pets"])
    np.testing.assert_allclose(found, twin, rtol=1e-4, atol=1e-6)


def test_the_loss_of_all_ranges_is_the_mean_over_45_groupings(made):
    labels, logits = made
    ranges = losses.index_ranges(10)
    assert len(ranges) == 45
    assert ranges[0] == [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert [1] * 10 in ranges
    twin = np.mean([summed_softmax_twin(labels, logits, grouping) for grouping in ranges], axis=0)
    np.testing.assert_allclose(losses.grouping_cross_entropy(labels, logits, ranges), twin, rtol=1e-4, atol=1e-6)


def test_two_classes_of_one_superclass_by_hand():
    logits = np.log(np.array([[0.5, 0.25, 0.25]], np.float32))
    assert float(losses.grouping_cross_entropy([1], logits, [[0, 0, 1]])[0]) == pytest.approx(-np.log(0.75), rel=1e-6)
    assert float(losses.grouping_cross_entropy([2], logits, [[0, 0, 1]])[0]) == pytest.approx(-np.log(0.25), rel=1e-6)


def test_the_hardmax_loss_is_0_in_the_right_superclass_and_16_in_the_wrong_one():
    logits = np.array([[0.0, 2.0, 1.0], [0.0, 2.0, 1.0]], np.float32)
    found = losses.hardmax_cross_entropy([0, 2], logits, [0, 0, 1])
    np.testing.assert_allclose(found, [0, -np.log(1e-7)], rtol=1e-6)


def gradients(loss, labels, logits):
    """Gradients of the mean loss with respect to the logits, which are made the weights of a layer."""
    layer = keras.layers.Embedding(*logits.shape)
    model_in = keras.Input((), dtype="int32")
    model = keras.Model(model_in, layer(model_in))
    layer.set_weights([logits])
    model.compile(keras.optimizers.SGD(1.0), loss)
    rows = np.arange(len(logits), dtype=np.int32)
    model.train_on_batch(rows, labels)
    return (logits - layer.get_weights()[0]) * len(logits)


def test_the_gradient_is_that_of_the_twin_and_the_hardmax_term_adds_none(made):
    labels, logits = made
    plain = gradients(losses.TrainingLoss(), labels, logits)
    np.testing.assert_allclose(plain, softmax(logits, axis=-1) - np.eye(10)[labels], atol=1e-4)
    grouping = GROUPINGS["cifar10"]
    hard = gradients(losses.TrainingLoss(groupings=[grouping], hardmax=True), labels, logits)
    np.testing.assert_array_equal(hard, plain)
    soft = gradients(losses.TrainingLoss(groupings=[grouping], weight=2.0), labels, logits)
    superclass, probs = np.array(grouping), softmax(logits.astype(np.float64), axis=-1)
    inside = (superclass[None] == superclass[labels][:, None]) * probs
    np.testing.assert_allclose(soft - plain, 2 * (probs - inside / inside.sum(axis=-1, keepdims=True)), atol=1e-4)


@pytest.mark.filterwarnings("ignore:In loss categorical_crossentropy:SyntaxWarning")  # Keras warns of one column, too
def test_the_articles_term_of_class_ranges_as_printed_has_no_gradient_and_ours_has_one(made):
    labels, logits = made

    def printed(labels, logits):
        probs, true = ops.softmax(logits), ops.one_hot(ops.cast(ops.reshape(labels, (-1,)), "int32"), 10)
        return sum(
            keras.losses.categorical_crossentropy(
                ops.sum(true[:, first:last], axis=1, keepdims=True),
                ops.sum(probs[:, first:last], axis=1, keepdims=True),
            )
            for first in range(10)
            for last in range(first + 2, 11)
        )

    np.testing.assert_array_equal(gradients(printed, labels, logits), 0)
    ours = gradients(
        lambda y, z: losses.grouping_cross_entropy(
            ops.cast(ops.reshape(y, (-1,)), "int32"), z, losses.index_ranges(10)
        ),
        labels,
        logits,
    )
    assert np.abs(ours).max() > 0.01


@pytest.mark.parametrize("logit", [1e3, 1e6, -1e6])
def test_a_saturated_logit_gives_a_finite_loss_and_gradient(logit):
    logits = np.zeros((2, 10), np.float32)
    logits[0, 3], logits[1, 0] = logit, logit
    labels = np.array([0, 0])
    for loss in (
        losses.TrainingLoss(0.1),
        losses.TrainingLoss(groupings=[GROUPINGS["cifar10"]]),
        losses.TrainingLoss(groupings=[GROUPINGS["cifar10"]], hardmax=True),
        losses.TrainingLoss(groupings=losses.index_ranges(10)),
    ):
        assert np.isfinite(ops.convert_to_numpy(loss(labels, logits)))
        assert np.isfinite(gradients(loss, labels, logits)).all()
    # Class 3 is an animal, class 0 a vehicle: all probability is in the wrong superclass, or in the right one.
    found = ops.convert_to_numpy(losses.grouping_cross_entropy(labels, logits, [GROUPINGS["cifar10"]]))
    if logit > 0:
        np.testing.assert_allclose(found, [logit - np.log(4), 0], rtol=1e-6, atol=1e-6)


def test_a_class_in_no_group_or_in_two_is_refused():
    with pytest.raises(ValueError, match="The class b is in 0 groups, expected one"):
        losses.superclasses(("a", "b"), {"first": ("a",)})
    with pytest.raises(ValueError, match="The class a is in 2 groups"):
        losses.superclasses(("a",), {"first": ("a",), "second": ("a",)})


def test_a_loss_is_restored_from_its_config():
    loss = losses.TrainingLoss(0.1, [[0, 1]], 0.5, hardmax=True)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert again.get_config() == loss.get_config()
    assert (again.label_smoothing, again.groupings, again.weight, again.hardmax) == (0.1, [[0, 1]], 0.5, True)
