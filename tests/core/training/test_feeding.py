"""The network gets the images in order, from a pipeline that does not wait after the last one."""

import keras
import numpy as np
import pytest

from core.training.feeding import fed


def network():
    model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def test_batches_come_in_the_order_given_and_the_last_one_is_smaller(rng):
    images, labels = rng.integers(256, size=(10, 2, 2, 1), dtype=np.uint8), rng.integers(3, size=10)
    pipeline = fed(images, labels, 4)["x"]
    assert pipeline.options().autotune.enabled is False
    batches = list(pipeline)
    assert [len(batch) for batch, _ in batches] == [4, 4, 2]
    np.testing.assert_array_equal(np.concatenate([batch for batch, _ in batches]), images)
    np.testing.assert_array_equal(np.concatenate([batch for _, batch in batches]), labels)


def test_the_weights_equal_those_of_fit_with_the_arrays_themselves(rng):
    images, labels = rng.integers(256, size=(10, 2, 2, 1), dtype=np.uint8), rng.integers(3, size=10)
    ours, theirs = network(), network()
    theirs.set_weights(ours.get_weights())
    ours.fit(**fed(images, labels, 4), verbose=0)
    theirs.fit(images, labels, batch_size=4, shuffle=False, verbose=0)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_another_backend_takes_the_arrays(rng, monkeypatch, backend):
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    images, labels = np.zeros((3, 2, 2, 1), np.uint8), np.zeros(3, int)
    given = fed(images, labels, 2)
    assert given["x"] is images and given["y"] is labels
    assert (given["batch_size"], given["shuffle"]) == (2, False)
