"""Long computations in short pieces, between which others can run."""

import keras
import numpy as np
import pytest

from core import saliency
from core.models import inference, pieces
from core.models.architectures import conv10, small_cnn


@pytest.fixture(scope="module")
def model():
    return small_cnn((28, 28, 1), 10)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (12, 28, 28, 1), dtype=np.uint8)


def test_a_convolution_uses_its_weights_at_each_pixel_and_a_dense_layer_once(model):
    convolution, hidden, logits = 26 * 26 * (9 * 32 + 32), 13 * 13 * 32 * 128 + 128, 128 * 10 + 10
    assert pieces.multiply_adds(model) == convolution + hidden + logits


def test_a_small_network_takes_many_images_at_once_and_a_large_one_few(model):
    assert pieces.images_at_once(model) == pieces.MOST_IMAGES
    assert pieces.images_at_once(model, most=7) == 7
    large = conv10((32, 32, 3), 10)
    assert pieces.images_at_once(large) == pieces.WORK_AT_ONCE // pieces.multiply_adds(large) < 40


def test_only_few_large_images_go_at_once_through_any_network():
    inputs = keras.Input((1024, 1024, 3))
    assert pieces.images_at_once(keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(inputs))) == 1


CALLS = {
    "logits": lambda model, images: inference.logits(model, images),
    "passes": lambda model, images: inference.mc_dropout_probs(model, images, 5, seed=0),
    "grad_cam": lambda model, images: saliency.grad_cam(model, images, 0),
    "smooth_grad": lambda model, images: saliency.smooth_grad(model, images, 0, num_copies=4),
    "integrated_gradients": lambda model, images: saliency.integrated_gradients(model, images, 0, steps=4),
    "occlusion": lambda model, images: saliency.occlusion(model, images[:2], 0),
    "lime": lambda model, images: saliency.lime(model, images[:2], 0, num_perturbations=20),
    "lrp": lambda model, images: saliency.lrp(model, images, 0),
    "deep_lift": lambda model, images: saliency.deep_lift(model, images, 0),
    "spread": lambda model, images: saliency.spread(model, images, 0, num_passes=3).mean,
    "cascade": lambda model, images: saliency.cascade(model, images, 0, saliency.vanilla_gradient).maps,
}


@pytest.mark.parametrize("name", CALLS)
def test_long_work_can_stop_between_its_pieces_and_calls_between_them_change_nothing(name, model, images, monkeypatch):
    monkeypatch.setattr(saliency.network, "MOST_ROWS", 3)
    monkeypatch.setattr(pieces, "WORK_AT_ONCE", 6 * pieces.multiply_adds(model))
    alone, counted = CALLS[name](model, images), []
    with pieces.in_pieces(lambda: counted.append(None)):
        np.testing.assert_allclose(CALLS[name](model, images), alone, atol=1e-6)
    assert len(counted) >= 2

    class Ended(BaseException):
        pass

    def end():
        raise Ended

    with pytest.raises(Ended), pieces.in_pieces(end):
        CALLS[name](model, images)
    with pieces.in_pieces(end):
        pass
    np.testing.assert_allclose(CALLS[name](model, images), alone, atol=1e-6)  # after the context the setting is gone


def test_two_spreads_of_one_model_with_alternating_pieces_do_not_mix_their_masks(model, images):
    alone = [saliency.spread(model, images[:2], 1, num_passes=4, seed=seed).std for seed in (0, 1)]
    inner = []

    def other() -> None:
        if not inner:
            inner.append(None)  # no third one inside the second
            inner[0] = saliency.spread(model, images[:2], 1, num_passes=4, seed=1).std

    with pieces.in_pieces(other):
        outer = saliency.spread(model, images[:2], 1, num_passes=4, seed=0).std
    np.testing.assert_allclose(outer, alone[0], atol=1e-6)
    np.testing.assert_allclose(inner[0], alone[1], atol=1e-6)
    assert np.abs(alone[0] - alone[1]).max() > 1e-4
