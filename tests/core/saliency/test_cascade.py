import numpy as np
import pytest

from core.data import datasets
from core.saliency import grad_cam, guided_backprop, vanilla_gradient
from core.saliency.cascade import cascade
from core.saliency.trust import randomized, rank_correlation
from core.training import runs


@pytest.fixture(scope="module")
def model():
    return runs.find("mnist-small_cnn").model()


@pytest.fixture(scope="module")
def images():
    return datasets.load("mnist", "test").images[:4]


def test_a_cascade_is_one_map_per_level_and_its_rank_correlation_with_the_first(model, images):
    weights, told = model.get_weights(), []
    changing = cascade(model, images, 3, vanilla_gradient, seed=1, progress=told.append)
    assert changing.layers == ("logits", "dense", "conv2d")
    assert changing.maps.shape == (4, 4, 28, 28)
    np.testing.assert_array_equal(changing.signed[0], 1)
    second = vanilla_gradient(randomized(model, 2, 1), images, 3)
    np.testing.assert_array_equal(changing.maps[2], second.maps)
    np.testing.assert_array_equal(changing.ink[2], rank_correlation(changing.maps[0], second, images[..., 0] > 0))
    assert told == [0.25, 0.5, 0.75, 1]
    assert all((before == after).all() for before, after in zip(weights, model.get_weights(), strict=True))


def test_guided_backprop_notices_less_than_the_gradient(model, images):
    labels = datasets.load("mnist", "test").labels[:4]
    gradient, guided = (
        cascade(model, images, labels, method).signed[1:] for method in (vanilla_gradient, guided_backprop)
    )
    assert guided.mean() > gradient.mean() + 0.3


def test_a_model_that_a_method_refuses_is_refused(images):
    with pytest.raises(ValueError, match="grad_cam needs a convolution"):
        cascade(runs.find("mnist-dense").model(), images, 0, grad_cam)
