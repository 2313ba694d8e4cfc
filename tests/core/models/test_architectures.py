from functools import cache

import keras
import numpy as np
import pytest

from core.models import architectures
from core.models.architectures import ARCHITECTURES
from core.models.sizes import CONVOLUTIONAL, NUM_PARAMETERS, WITH_DROPOUT, misfit, vgg19_layers

SHAPES = [((28, 28, 1), 10), ((32, 32, 3), 7), ((224, 224, 3), 37)]
# Without networks of gigabytes, such as a dense hidden layer on a photograph, and VGG19 only once.
FITTING = [
    (name, *shape)
    for name in ARCHITECTURES
    for shape in SHAPES
    if not misfit(name, shape[0])
    and not (name in ("dense", "small_cnn") and shape[0][0] == 224)
    and (name, shape[0][0]) != ("vgg19", 32)
]


@cache
def built(name, input_shape, num_classes):
    """Built once for all tests that do not change it: VGG19's initial weights take seconds."""
    return ARCHITECTURES[name](input_shape, num_classes)


@pytest.mark.parametrize(("name", "input_shape", "num_classes"), FITTING)
def test_the_calculated_number_of_parameters_is_that_of_the_model(name, input_shape, num_classes):
    model = built(name, input_shape, num_classes)
    assert NUM_PARAMETERS[name](input_shape, num_classes) == model.count_params()


def test_the_numbers_of_parameters_by_hand():
    assert set(NUM_PARAMETERS) == set(ARCHITECTURES)
    sizes = {
        name: NUM_PARAMETERS[name]((28, 28, 1), 10)
        for name in NUM_PARAMETERS
        if name not in ("conv10", "pets_transfer")
    }
    assert sizes == {
        "softmax_regression": 784 * 10 + 10,
        "dense": 784 * 1024 + 1024 + 1024 * 10 + 10,
        "small_cnn": 9 * 32 + 32 + 13 * 13 * 32 * 128 + 128 + 128 * 10 + 10,
        "deep_mnist": 25 * 32 + 32 + 25 * 32 * 64 + 64 + 7 * 7 * 64 * 1024 + 1024 + 1024 * 10 + 10,
        # 16 convolutions' biases, those of 4,096 + 4,096 + 1,000 + 10 units, and the last layer's weights.
        "vgg19": 42_988_096 + (2 * 64 + 2 * 128 + 4 * 256 + 8 * 512) + 9_202 + 10_000,
    }
    normalization = 4 * 3 * (64 + 128 + 256)
    kernels = 3 * 64 + 2 * 64 * 64 + 64 * 128 + 2 * 128 * 128 + 128 * 256 + 2 * 256 * 256
    assert NUM_PARAMETERS["conv10"]((32, 32, 3), 10) == 9 * kernels + normalization + 2570
    # MobileNet of width 0.75 has 1,832,976 weights without its last layer, according to Keras's summary.
    assert NUM_PARAMETERS["pets_transfer"]((224, 224, 3), 37) == 1_832_976 + 768 * 37 + 37


def test_the_table_of_vgg19_is_that_of_the_article():
    *layers, last = vgg19_layers((28, 28, 1), 10)
    assert sum(layer.weights for layer in layers) == 42_988_096
    assert [layer.weights for layer in layers[:3]] == [576, 36_864, 73_728]
    assert [layer.weights for layer in layers[-3:]] == [512 * 4096, 4096 * 4096, 4096 * 1000]
    assert layers[0].output == (28, 28, 64)
    assert layers[15].output == (2, 2, 512)  # 1 x 1 x 512 after the fifth pooling
    assert (last.name, last.kernel, last.weights, last.biases) == ("logits", (1000, 10), 10_000, 10)


def test_the_table_of_vgg19_has_the_models_names_and_shapes():
    model = built("vgg19", (28, 28, 1), 10)
    for layer in vgg19_layers((28, 28, 1), 10):
        kernel, bias = model.get_layer(layer.name).weights
        assert (tuple(kernel.shape), bias.shape[0]) == (layer.kernel, layer.biases)
        assert model.get_layer(layer.name).output.shape[1:] == layer.output
    assert model.get_layer("block5_pool").output.shape == (None, 1, 1, 512)


@pytest.mark.parametrize(
    ("name", "input_shape", "sentence"),
    [
        ("vgg19", (224, 224, 3), "vgg19 takes images of 28 x 28 or 32 x 32 pixels."),
        ("deep_mnist", (224, 224, 3), "deep_mnist takes images of 28 x 28 or 32 x 32 pixels."),
        ("pets_transfer", (32, 32, 3), "pets_transfer takes colour images of 224 x 224 pixels"),
    ],
)
def test_images_that_an_architecture_does_not_take_are_refused(name, input_shape, sentence):
    assert misfit(name, input_shape).startswith(sentence)
    assert misfit("conv10", input_shape) == misfit("small_cnn", input_shape) == ""


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_is_functional_scales_inside_and_ends_in_logits(name):
    shape = (224, 224, 3) if name == "pets_transfer" else (28, 28, 1)
    model = built(name, shape, 10)
    assert type(model) is keras.src.models.functional.Functional
    assert model.inputs[0].dtype == "uint8"
    assert model.layers[1].name == "scaling"
    assert model.layers[-1].name == "logits"
    assert model.layers[-1].activation is keras.activations.linear
    white = model(np.full((1, *shape), 255, np.uint8))
    assert np.abs(white).max() < 50  # pixels of 255 would give hundreds


@pytest.mark.parametrize("name", ["small_cnn", "conv10"])
def test_logits_stay_float32_under_mixed_precision(name):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = ARCHITECTURES[name]((28, 28, 1), 10)
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.layers[-2].compute_dtype == "bfloat16"
    assert model(np.zeros((1, 28, 28, 1), np.uint8)).dtype == "float32"


def test_pretrained_weights_are_loaded_into_every_layer_except_the_logits(tmp_path, monkeypatch):
    body = keras.applications.MobileNet((224, 224, 3), alpha=0.75, include_top=False, weights=None)
    body.set_weights([np.full(weight.shape, 0.25) for weight in body.weights])
    (tmp_path / "weights").mkdir()
    body.save_weights(tmp_path / "weights" / architectures.MOBILENET_WEIGHTS)
    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))
    model = ARCHITECTURES["pets_transfer"]((224, 224, 3), 37)
    before = model.layers[-1].get_weights()
    architectures.load_pretrained(model)
    assert all((np.asarray(weight) == 0.25).all() for layer in model.layers[:-1] for weight in layer.weights)
    np.testing.assert_array_equal(model.layers[-1].get_weights()[0], before[0])


def test_missing_pretrained_weights_are_named(tmp_path, monkeypatch):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / architectures.MOBILENET_WEIGHTS).write_bytes(b"<html>")
    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))
    model = ARCHITECTURES["pets_transfer"]((224, 224, 3), 37)
    with pytest.raises(architectures.WeightsMissing, match=r"ImageNet weights could not be loaded .* put mobilenet"):
        architectures.load_pretrained(model)


def test_a_frozen_network_trains_only_its_logits_and_normalization_is_never_trained():
    model = ARCHITECTURES["pets_transfer"]((224, 224, 3), 37)
    architectures.freeze(model, frozen=True)
    assert [variable.path for variable in model.trainable_variables] == ["logits/kernel", "logits/bias"]
    architectures.freeze(model, frozen=False)
    assert len(model.trainable_variables) == 27 + 2
    assert not any("bn" in variable.path for variable in model.trainable_variables)


@pytest.mark.parametrize(("name", "input_shape", "num_classes"), FITTING)
def test_what_a_page_knows_of_an_architecture_is_true_of_the_network(name, input_shape, num_classes):
    layers = list(built(name, input_shape, num_classes)._flatten_layers())
    assert any(isinstance(layer, keras.layers.Conv2D) for layer in layers) == (name in CONVOLUTIONAL)
    assert any(isinstance(layer, keras.layers.Dropout) for layer in layers) == (name in WITH_DROPOUT)
