"""What holds for all twelve methods and for every kind of network."""

import gc
import random
import weakref
from concurrent.futures import ThreadPoolExecutor
from inspect import isfunction, signature

import keras
import numpy as np
import pytest
from keras import layers

from core import saliency
from core.metrics.explanation import METHOD_IS_SLOW
from core.saliency import Contrast, entropy, network, top_two_margin

METHODS = [getattr(saliency, name) for name in METHOD_IS_SLOW]
# Settings that make a slow method quick.
SLOW = {
    saliency.integrated_gradients: {"steps": 4, "max_steps": 8},
    saliency.smooth_grad: {"num_copies": 3},
    saliency.occlusion: {"patch": 4},
    saliency.lime: {"num_perturbations": 20},
}
NEED_A_LOGIT = [saliency.deep_lift, saliency.lrp]
NEED_RULES = [*NEED_A_LOGIT, saliency.deconvnet, saliency.guided_backprop]
NEED_NO_RULE = [method for method in METHODS if method not in NEED_RULES]


def test_the_listed_methods_are_all_functions_of_core_saliency_that_return_an_explanation():
    functions = filter(isfunction, (getattr(saliency, name) for name in saliency.__all__))
    explaining = {each.__name__ for each in functions if each.__annotations__["return"] is saliency.Explanation}
    assert explaining == set(METHOD_IS_SLOW)


@pytest.mark.parametrize("method", METHODS)
def test_exactly_the_slow_methods_take_progress_and_have_quick_settings_here(method):
    is_slow = METHOD_IS_SLOW[method.__name__]
    assert ("progress" in signature(method).parameters) == (method in SLOW) == is_slow


@pytest.mark.parametrize("method", METHODS)
def test_maps_are_finite_and_reproducible_and_the_model_is_not_changed(method, any_model, build):
    images = build.pictures(any_model)
    before = [np.array(variable) for variable in any_model.variables]
    kept = images.copy()
    explained = method(any_model, images, [0, 2, 1], **SLOW.get(method, {}))
    assert explained.maps.shape == images.shape[:3]
    assert explained.maps.dtype == np.float32
    assert np.isfinite(explained.maps).all() and np.abs(explained.maps).max() > 0
    assert all(len(numbers) == 3 for numbers in explained.proof.values())
    again = method(any_model, images, [0, 2, 1], **SLOW.get(method, {}))
    np.testing.assert_array_equal(explained.maps, again.maps)
    np.testing.assert_array_equal(images, kept)
    for old, variable in zip(before, any_model.variables, strict=True):
        np.testing.assert_array_equal(old, np.array(variable))


@pytest.mark.parametrize("method", METHODS)
def test_a_map_does_not_depend_on_the_images_beside_it(method, models, build):
    images = build.pictures(models["grey"], 5)
    together = method(models["grey"], images, 1, **SLOW.get(method, {})).maps
    alone = method(models["grey"], images[3:4], 1, **SLOW.get(method, {})).maps
    np.testing.assert_allclose(alone[0], together[3], atol=1e-5 * np.abs(together).max())


@pytest.mark.parametrize("method", METHODS)
def test_no_image_gives_no_map(method, models, build):
    images = build.pictures(models["nested"])[:0]
    explained = method(models["nested"], images, np.zeros(0, int), **SLOW.get(method, {}))
    assert explained.maps.shape == (0, 32, 32)
    assert all(len(numbers) == 0 for numbers in explained.proof.values())


@pytest.mark.parametrize("method", METHODS)
def test_new_weights_are_seen_though_the_functions_were_compiled_before(method, build):
    model = build.one_way(layers.Conv2D(2, 3, activation="relu"), seed=1)
    images = build.pictures(model)
    method(model, images, 0, **SLOW.get(method, {}))
    build.randomise(model, 2, 0.0)
    fresh = build.one_way(layers.Conv2D(2, 3, activation="relu"), seed=2)
    settings = SLOW.get(method, {})
    np.testing.assert_array_equal(method(model, images, 0, **settings).maps, method(fresh, images, 0, **settings).maps)


@pytest.mark.parametrize("method", METHODS)
def test_a_contrast_explains_why_this_and_not_that(method, models, build):
    images = build.pictures(models["grey"])
    assert np.isfinite(method(models["grey"], images, Contrast(3, 5), **SLOW.get(method, {})).maps).all()


def test_gradients_of_a_contrast_are_the_difference_of_gradients(models, build):
    images = build.pictures(models["grey"])
    three, five = (saliency.vanilla_gradient(models["grey"], images, index).maps for index in (3, 5))
    difference = saliency.vanilla_gradient(models["grey"], images, Contrast(3, 5)).maps
    np.testing.assert_allclose(difference, three - five, atol=1e-4)


@pytest.mark.parametrize("method", NEED_NO_RULE)
@pytest.mark.parametrize("function", [entropy, top_two_margin])
def test_what_makes_the_network_unsure_can_be_explained(method, function, models, build):
    images = build.pictures(models["grey"])
    assert np.isfinite(method(models["grey"], images, function, **SLOW.get(method, {})).maps).all()


@pytest.mark.parametrize("method", NEED_A_LOGIT)
def test_what_is_passed_back_must_be_a_logit(method, models, build):
    with pytest.raises(ValueError, match="got a function of logits"):
        method(models["grey"], build.pictures(models["grey"]), entropy)


@pytest.mark.parametrize("method", NEED_RULES)
@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(2, 3, activation="tanh", name="bent"),
        layers.Activation("gelu", name="bent"),
        layers.LeakyReLU(name="bent"),
        layers.ReLU(negative_slope=0.1, name="bent"),
    ],
)
def test_a_method_that_needs_a_rule_names_the_layer_it_has_none_for(method, layer, build):
    model = build.one_way(type(layer).from_config(layer.get_config()))
    with pytest.raises(ValueError, match="bent"):
        method(model, build.pictures(model), 0)


@pytest.mark.parametrize("method", NEED_NO_RULE)
def test_other_nonlinearities_are_fine_where_no_rule_is_needed(method, build):
    model = build.one_way(layers.Conv2D(2, 3, activation="gelu"), layers.Conv2D(2, 3, activation="tanh"))
    assert np.isfinite(method(model, build.pictures(model), 0, **SLOW.get(method, {})).maps).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_network_in_bfloat16_is_explained_in_float32(method, build):
    def chain(dtype):
        inputs = keras.Input((8, 8, 1), dtype="uint8")
        x = layers.Rescaling(1 / 255, dtype=dtype)(inputs)
        x = layers.BatchNormalization(dtype=dtype)(layers.Conv2D(3, 3, activation="relu", dtype=dtype)(x))
        x = layers.Flatten(dtype=dtype)(x)
        return build.randomise(keras.Model(inputs, layers.Dense(3, dtype="float32")(x)))

    half, full = chain("mixed_bfloat16"), chain("float32")
    images, settings = build.pictures(half), SLOW.get(method, {})
    np.testing.assert_allclose(method(half, images, 1, **settings).maps, method(full, images, 1, **settings).maps)


@pytest.mark.parametrize("method", [method for method in METHODS if method not in SLOW])
def test_colour_images_of_224_pixels_are_taken(method, build):
    inputs = keras.Input((224, 224, 3), dtype="uint8")
    x = layers.Conv2D(2, 7, strides=4, activation="relu")(layers.Rescaling(1 / 127.5, -1)(inputs))
    model = build.randomise(keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D()(x))))
    assert method(model, build.pictures(model, 5), 1).maps.shape == (5, 224, 224)


@pytest.mark.parametrize("method", [method for method in NEED_NO_RULE if method is not saliency.grad_cam])
def test_a_subclassed_model_can_be_explained_by_what_needs_no_layers(method):
    @keras.saving.register_keras_serializable("tests")
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.body = layers.Dense(2)

        def call(self, images):
            return self.body(keras.ops.tanh(keras.ops.reshape(images, (-1, 16))))

    model = Own()
    images = np.random.default_rng(0).standard_normal((2, 4, 4, 1)).astype(np.float32)
    model(images)
    settings = SLOW.get(method, {})
    assert np.isfinite(method(model, images, 0, **settings).maps).all()


@pytest.mark.parametrize("method", METHODS)
def test_wrong_images_and_classes_are_refused(method, models, build):
    images = build.pictures(models["grey"])
    with pytest.raises(ValueError, match=r"images\[None\]"):
        method(models["grey"], images[0], 0)
    with pytest.raises(ValueError, match="shape"):
        method(models["grey"], images[:, :27], 0)
    with pytest.raises(ValueError, match=r"0 \.\.\. 9"):
        method(models["grey"], images, 10)
    with pytest.raises(ValueError, match="one per sample"):
        method(models["grey"], images, [0, 1])


@pytest.mark.parametrize("method", SLOW)
def test_progress_ends_at_one_and_raising_from_it_cancels(method, models, build, monkeypatch):
    told, images = [], build.pictures(models["grey"], 2)
    # Four at once, so that there is something to tell between the ends.
    monkeypatch.setattr(network, "MOST_ROWS", 4)
    method(models["grey"], images, 0, **SLOW[method], progress=told.append)
    assert len(told) > 1 and told == sorted(told) and told[0] > 0 and told[-1] == pytest.approx(1)

    class Cancelled(Exception):
        pass

    def cancel(fraction):
        raise Cancelled

    with pytest.raises(Cancelled):
        method(models["grey"], images, 0, **SLOW[method], progress=cancel)


def test_several_visitors_may_ask_at_once(build):
    model = build.one_way(layers.Conv2D(2, 3, activation="relu"), layers.Dropout(0.5), biases=0.1)
    images = build.pictures(model)
    asked = [lambda: saliency.spread(model, images, 0, num_passes=3).std, lambda: saliency.lrp(model, images, 1).maps]
    with ThreadPoolExecutor(8) as pool:
        answers = [future.result() for future in [pool.submit(ask) for ask in asked * 4]]
    for number, answer in enumerate(answers):
        np.testing.assert_array_equal(answer, answers[number % 2])


def test_what_was_compiled_goes_with_the_model(build):
    model = build.one_way(layers.Conv2D(2, 3, activation="relu"))
    for method in METHODS:
        method(model, build.pictures(model), 0, **SLOW.get(method, {}))
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_the_programs_random_numbers_are_not_touched(models, build):
    keras.utils.set_random_seed(5)
    expected = np.array(keras.random.normal((3,))), random.random()
    keras.utils.set_random_seed(5)
    model = keras.models.clone_model(models["grey"])
    keras.utils.set_random_seed(5)
    for method in METHODS:
        method(model, build.pictures(model), 0, **SLOW.get(method, {}))
    saliency.spread(model, build.pictures(model), 0, num_passes=2)
    saliency.randomized(model, 2, 0)
    np.testing.assert_array_equal(np.array(keras.random.normal((3,))), expected[0])
    assert random.random() == expected[1]
