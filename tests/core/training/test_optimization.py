"""Loss, learning rate, averages and steps per execution, on networks that take a few steps without a run."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from core.data import sources
from core.models.architectures import ARCHITECTURES
from core.training import optimization
from core.training.config import LOSSES, RunConfig
from core.training.optimization import OneCycle

QUICK = RunConfig("mnist", "softmax_regression", "sgd", 0.01, batch_size=8, steps=20, num_train=80)


@pytest.fixture(autouse=True)
def not_pretrained(monkeypatch):
    """MobileNet with random weights, because those of ImageNet are not on every machine."""
    monkeypatch.setattr(optimization, "load_pretrained", lambda model: None)


def batch(config, rng, size=8):
    source = sources.source(config.dataset)
    images = rng.integers(256, size=(size, *source.image_shape), dtype=np.uint8)
    return images, rng.integers(len(source.class_names), size=size)


@pytest.mark.parametrize(
    ("dataset", "architecture"),
    [
        *(("mnist", name) for name in ARCHITECTURES if name not in ("conv10", "pets_transfer")),
        ("cifar10", "conv10"),
        ("oxford_pets", "pets_transfer"),
    ],
)
def test_a_step_lowers_the_loss_of_every_architecture(rng, dataset, architecture):
    rate = 1e-3 if architecture == "vgg19" else 1e-2
    config = replace(QUICK, dataset=dataset, architecture=architecture, learning_rate=rate, num_train=None)
    model = optimization.compiled(config)
    images, labels = batch(config, rng, 4)

    def loss():
        # In training mode, because BatchNormalization's moving averages have seen only one batch.
        return float(model.loss(labels, model(images, training=architecture == "conv10")))

    before = loss()
    model.train_on_batch(images, labels)
    assert loss() < before


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("dataset", ["mnist", "fashion_mnist", "cifar10"])
def test_a_step_lowers_every_loss_on_every_grouping(rng, dataset, loss):
    config = replace(QUICK, dataset=dataset, loss=loss, loss_weight=0.5, label_smoothing=0.1, learning_rate=1e-4)
    model = optimization.compiled(config)
    images, labels = batch(config, rng)
    # The hardmax term changes in jumps or not at all; only the other term falls with every step.
    judged = (
        optimization.compiled(replace(config, loss="cross_entropy")).loss
        if loss == "superclass_hardmax"
        else model.loss
    )
    before = float(judged(labels, model(images)))
    model.train_on_batch(images, labels)
    assert float(judged(labels, model(images))) < before


def test_the_superclass_term_is_multiplied_by_its_weight(rng):
    images, labels = batch(QUICK, rng)
    values = []
    for weight in (0.0, 1.0, 2.0):
        model = optimization.compiled(replace(QUICK, loss="superclass", loss_weight=weight))
        values.append(float(model.loss(labels, model(images))))
    assert values[0] == pytest.approx(float(optimization.compiled(QUICK).loss(labels, model(images))))
    assert values[2] - values[1] == pytest.approx(values[1] - values[0], rel=1e-4)
    assert values[1] > values[0]


def test_one_cycle_is_a_triangle_with_its_peak_after_a_quarter():
    schedule = OneCycle(0.2, 1000)
    rates = np.array([float(schedule(step)) for step in range(1000)])
    assert rates.argmax() in (249, 250)
    np.testing.assert_allclose(rates[[0, 124, 625, 999]], [0.0004, 0.0996, 0.0998667, 0.000133], rtol=1e-2)
    assert rates.max() == pytest.approx(0.2, rel=0.01)
    assert (np.diff(rates[:250]) > 0).all()
    assert (np.diff(rates[250:]) < 0).all()
    assert OneCycle.from_config(schedule.get_config()).get_config() == {"peak": 0.2, "total_steps": 1000}


def test_weight_decay_subtracts_learning_rate_times_decay_times_weight(rng):
    images, labels = batch(QUICK, rng)
    after = []
    for decay in (0.0, 0.1):
        model = optimization.compiled(replace(QUICK, weight_decay=decay))
        before = model.get_weights()[0]
        model.train_on_batch(images, labels)
        after.append(model.get_weights()[0])
    np.testing.assert_allclose(after[0] - after[1], 0.01 * 0.1 * before, atol=1e-7)


def test_the_averages_are_exponential_and_do_not_change_the_weights(rng):
    images, labels = batch(QUICK, rng)
    model = optimization.compiled(replace(QUICK, averaging=0.5))
    optimization.prepare(model, images)
    average = None
    for _ in range(3):
        # As in the trainer: the end of `fit` must not change the weights.
        model.fit(images, labels, batch_size=8, shuffle=False, verbose=0)
        weights = model.get_weights()[0]
        average = weights if average is None else (average + weights) / 2
    with optimization.averaged(model):
        np.testing.assert_allclose(model.get_weights()[0], average, atol=1e-6)
    np.testing.assert_array_equal(model.get_weights()[0], weights)
    assert np.abs(weights - average).max() > 1e-4
    with optimization.averaged(optimization.compiled(QUICK)):
        pass  # without averages nothing changes


@pytest.mark.parametrize(("seconds", "steps"), [(0.5, 1), (0.1, 3), (0.001, 10)])
def test_control_returns_to_python_about_every_second(rng, monkeypatch, seconds, steps):
    model = optimization.compiled(QUICK)
    clock = iter((0.0, seconds))
    monkeypatch.setattr(optimization.time, "perf_counter", lambda: next(clock))
    optimization.prepare(model, batch(QUICK, rng)[0])
    assert model.steps_per_execution == steps


def test_a_pretrained_network_trains_its_logits_first_and_then_all_weights_slowly(rng):
    config = RunConfig(
        "oxford_pets", "pets_transfer", "adam", 0.01, epochs=2, batch_size=2, num_train=4, frozen_epochs=1
    )
    model = optimization.compiled(config)
    assert [variable.path for variable in model.trainable_variables] == ["logits/kernel", "logits/bias"]
    optimization.unfreeze(model, config, 2)
    assert int(model.optimizer.iterations) == 2
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-4)
    assert "conv1/kernel" in [variable.path for variable in model.trainable_variables]
    assert not any(layer.trainable for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization))
