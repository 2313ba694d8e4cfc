import gc
import weakref

import keras
import numpy as np
import pytest
from scipy.special import softmax

from core.models import inference, pieces
from core.models.architectures import dense, small_cnn


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(3)
    return small_cnn((28, 28, 1), 10)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(3).integers(0, 256, (37, 28, 28, 1), dtype=np.uint8)


def test_logits_are_those_of_the_model_in_inference_mode_for_any_batch_size(model, images, monkeypatch):
    expected = np.asarray(model(images, training=False))
    for batch_size in (10, 37, 500):
        monkeypatch.setattr(pieces, "WORK_AT_ONCE", batch_size * pieces.multiply_adds(model))
        told = []
        np.testing.assert_allclose(inference.logits(model, images, told.append), expected, atol=1e-5)
        assert told[-1] == 1 and len(told) == -(-37 // batch_size)


def test_features_times_the_last_weights_give_the_logits(model, images):
    weights, (_, bias) = inference.last_layer_weights(model), model.layers[-1].get_weights()
    assert (weights.shape, weights.dtype) == ((128, 10), np.float32)
    hidden = inference.features(model, images)
    assert hidden.shape == (37, 128)
    np.testing.assert_allclose(hidden @ weights + bias, inference.logits(model, images), atol=1e-4)


def test_a_network_that_ends_in_another_layer_has_no_weights_per_class():
    inputs = keras.Input((28, 28, 1), dtype="uint8")
    pooled = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(inputs), name="pooled")
    with pytest.raises(ValueError, match=r"last layer of pooled must be Dense .* got GlobalAveragePooling2D"):
        inference.last_layer_weights(pooled)


def test_no_images_give_no_rows(model, images):
    assert inference.logits(model, images[:0]).shape == (0, 10)
    assert inference.mc_dropout_probs(model, images[:0], 3, seed=0).shape == (0, 3, 10)


def test_there_are_few_batch_sizes(model, images, monkeypatch):
    sizes = []

    def answer(batch):
        sizes.append(len(batch))
        return np.zeros((len(batch), 10))

    monkeypatch.setattr(model, "predict_on_batch", answer)
    monkeypatch.setattr(pieces, "WORK_AT_ONCE", 16 * pieces.multiply_adds(model))
    for num_images in (1, 3, 5, 16, 17, 37):
        assert inference.logits(model, images[:num_images]).shape == (num_images, 10)
    assert sizes == [1, 4, 8, 16, 16, 1, 16, 16, 8]


def test_passes_with_dropout_agree_with_a_plain_loop_within_sampling_error(model, images):
    num_passes = 400
    plain = np.stack(
        [softmax(np.asarray(model(images, training=True), np.float64), axis=-1) for _ in range(num_passes)], 1
    )
    ours = inference.mc_dropout_probs(model, images, num_passes, seed=1)
    assert ours.shape == (37, num_passes, 10)
    np.testing.assert_allclose(ours.sum(axis=-1), 1, rtol=1e-12)
    error = np.sqrt((plain.var(axis=1) + ours.var(axis=1)) / num_passes)
    assert (np.abs(ours.mean(axis=1) - plain.mean(axis=1)) < 5 * error).all()
    np.testing.assert_allclose(ours.var(axis=1).mean(), plain.var(axis=1).mean(), rtol=0.1)


def test_a_pass_is_the_network_with_some_units_dropped(images):
    inputs = keras.Input((28, 28, 1), dtype="uint8")
    x = keras.layers.Dropout(0.5)(keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(inputs)))
    x = keras.layers.Dropout(0.25)(keras.layers.Dense(8, activation="relu")(x))
    tiny = keras.Model(inputs, keras.layers.Dense(3, name="logits")(x))
    first, second = (layer for layer in tiny.layers if isinstance(layer, keras.layers.Dropout))
    (weights, bias), (last_weights, last_bias) = tiny.layers[4].get_weights(), tiny.layers[-1].get_weights()
    pixels = images.reshape(37, 784) / 255
    probs = inference.mc_dropout_probs(tiny, images, 5, seed=9)
    for number in range(5):
        dropped = pixels * inference._masks(first, 5, [9, 0])[number]
        hidden = np.maximum(dropped @ weights + bias, 0) * inference._masks(second, 5, [9, 1])[number]
        np.testing.assert_allclose(probs[:, number], softmax(hidden @ last_weights + last_bias, axis=-1), atol=1e-5)


def test_masks_drop_the_share_that_dropout_does_and_keep_the_mean(model):
    for layer in inference._dropouts(model):
        masks = inference._masks(layer, 200, [0])
        assert set(np.unique(masks)) == {np.float32(0), np.float32(1 / (1 - layer.rate))}
        assert abs((masks == 0).mean() - layer.rate) < 0.02


def test_passes_depend_only_on_the_seed_not_on_their_number_or_on_other_images(model, images, monkeypatch):
    probs = inference.mc_dropout_probs(model, images, 6, seed=5)
    np.testing.assert_array_equal(inference.mc_dropout_probs(model, images, 6, seed=5), probs)
    assert not np.allclose(inference.mc_dropout_probs(model, images, 6, seed=6), probs)
    np.testing.assert_allclose(inference.mc_dropout_probs(model, images, 9, seed=5)[:, :6], probs, atol=1e-6)
    np.testing.assert_allclose(inference.mc_dropout_probs(model, images[7:8], 6, seed=5), probs[7:8], atol=1e-6)
    monkeypatch.setattr(inference, "MOST_IMAGES", 10)
    monkeypatch.setattr(inference, "ROWS", 25)
    np.testing.assert_allclose(inference.mc_dropout_probs(model, images, 6, seed=5), probs, atol=1e-6)


def test_passes_report_their_progress_and_can_be_cancelled(model, images, monkeypatch):
    monkeypatch.setattr(inference, "MOST_IMAGES", 20)
    monkeypatch.setattr(inference, "ROWS", 60)
    seen = []
    inference.mc_dropout_probs(model, images, 6, 0, seen.append)
    assert seen == [60 / 222, 120 / 222, (120 + 51) / 222, 1]

    def cancel(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        inference.mc_dropout_probs(model, images, 6, 0, cancel)


def test_a_network_without_dropout_is_refused_and_another_one_suggested(images):
    with pytest.raises(
        ValueError, match=r"dense has no Dropout.*Train an architecture with Dropout, such as small_cnn"
    ):
        inference.mc_dropout_probs(dense((28, 28, 1), 10), images, 3, seed=0)


def test_fewer_than_one_pass_is_refused(model, images):
    with pytest.raises(ValueError, match="num_passes must be at least 1, got 0"):
        inference.mc_dropout_probs(model, images, 0, seed=0)


def test_passes_work_in_mixed_precision(images):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = small_cnn((28, 28, 1), 10)
    finally:
        keras.config.set_dtype_policy("float32")
    probs = inference.mc_dropout_probs(model, images, 4, seed=0)
    np.testing.assert_allclose(probs.sum(axis=-1), 1, rtol=1e-12)


def test_what_is_cached_for_a_model_is_freed_with_it(images):
    model = small_cnn((28, 28, 1), 10)
    inference.features(model, images)
    inference.mc_dropout_probs(model, images, 2, seed=0)
    alive = weakref.ref(model)
    del model
    gc.collect()
    assert alive() is None


def test_the_model_is_not_changed(model, images):
    before = [np.asarray(variable).tobytes() for variable in model.variables]
    layers = list(model.layers)
    inference.logits(model, images)
    inference.features(model, images)
    inference.mc_dropout_probs(model, images, 3, seed=0)
    # Weights, and the random state of Dropout.
    assert [np.asarray(variable).tobytes() for variable in model.variables] == before
    assert model.layers == layers


def test_logits_and_features_together_equal_each_of_them_alone(rng):
    model = small_cnn((28, 28, 1), 10)
    images = rng.integers(0, 256, (7, 28, 28, 1), np.uint8)
    both = inference.logits_and_features(model, images)
    np.testing.assert_allclose(both[0], inference.logits(model, images), atol=1e-5)
    np.testing.assert_allclose(both[1], inference.features(model, images), atol=1e-5)
    assert [part.shape for part in inference.logits_and_features(model, images[:0])] == [(0, 10), (0, 128)]
