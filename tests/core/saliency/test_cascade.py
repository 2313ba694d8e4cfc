import numpy as np
import pytest

from core.data import datasets
from core.saliency import deconvnet, grad_cam, gradient_x_input, guided_backprop, lrp, vanilla_gradient
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


@pytest.mark.parametrize("method", [guided_backprop, deconvnet])
def test_maps_with_another_rule_at_each_relu_change_less_than_the_gradient(method, model, images):
    labels = datasets.load("mnist", "test").labels[:4]
    gradient, ruled = (cascade(model, images, labels, each).signed[1:] for each in (vanilla_gradient, method))
    assert (ruled.mean(axis=1) > gradient.mean(axis=1) + 0.2).all()  # at each level


@pytest.mark.parametrize("method", [gradient_x_input, lrp])
def test_on_a_black_background_sizes_correlate_though_all_weights_are_random(method, model, images):
    labels = datasets.load("mnist", "test").labels[:4]
    changed = cascade(model, images, labels, method)
    assert (changed.absolute[-1] > 0.9).all()
    assert abs(changed.signed[-1].mean()) < 0.5


def test_a_model_that_a_method_refuses_is_refused(images):
    with pytest.raises(ValueError, match="grad_cam needs a convolution"):
        cascade(runs.find("mnist-dense").model(), images, 0, grad_cam)
