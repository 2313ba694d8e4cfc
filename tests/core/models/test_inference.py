import keras
import numpy as np
import pytest

from core.models import inference
from core.models.architectures import small_cnn


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(3)
    return small_cnn((28, 28, 1), 10)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(3).integers(0, 256, (37, 28, 28, 1), dtype=np.uint8)


def test_logits_are_those_of_the_model_in_inference_mode_whatever_the_batches(model, images):
    expected = np.asarray(model(images, training=False))
    for batch_size in (10, 37, 500):
        np.testing.assert_allclose(inference.logits(model, images, batch_size), expected, atol=1e-5)


def test_features_times_the_last_weights_give_the_logits(model, images):
    weights, bias = model.layers[-1].get_weights()
    hidden = inference.features(model, images)
    assert hidden.shape == (37, 128)
    np.testing.assert_allclose(hidden @ weights + bias, inference.logits(model, images), atol=1e-4)


def test_the_model_is_left_as_it_was(model, images):
    before = [weight.tobytes() for weight in model.get_weights()]
    inference.logits(model, images)
    inference.features(model, images)
    assert [weight.tobytes() for weight in model.get_weights()] == before
