import keras
import numpy as np
import pytest

from core.models.architectures import ARCHITECTURES
from core.models.sizes import NUM_PARAMETERS

SHAPES = [((28, 28, 1), 10), ((32, 32, 3), 7)]


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize(("input_shape", "num_classes"), SHAPES)
def test_the_reckoned_number_of_parameters_is_the_real_one(name, input_shape, num_classes):
    assert (
        NUM_PARAMETERS[name](input_shape, num_classes) == ARCHITECTURES[name](input_shape, num_classes).count_params()
    )


def test_the_numbers_of_parameters_by_hand():
    assert set(NUM_PARAMETERS) == set(ARCHITECTURES)
    sizes = {name: NUM_PARAMETERS[name]((28, 28, 1), 10) for name in NUM_PARAMETERS}
    assert sizes == {
        "softmax_regression": 784 * 10 + 10,
        "dense": 784 * 1024 + 1024 + 1024 * 10 + 10,
        "small_cnn": 9 * 32 + 32 + 13 * 13 * 32 * 128 + 128 + 128 * 10 + 10,
    }


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_is_functional_scales_inside_and_ends_in_logits(name):
    model = ARCHITECTURES[name]((28, 28, 1), 10)
    assert type(model) is keras.src.models.functional.Functional
    assert model.inputs[0].dtype == "uint8"
    assert model.layers[1].name == "scaling"
    assert model.layers[-1].name == "logits"
    assert model.layers[-1].activation is keras.activations.linear
    white = model(np.full((1, 28, 28, 1), 255, np.uint8))
    assert np.abs(white).max() < 50  # pixels of 255 would give hundreds


def test_logits_stay_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = ARCHITECTURES["small_cnn"]((28, 28, 1), 10)
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.layers[-2].compute_dtype == "bfloat16"
    assert model(np.zeros((1, 28, 28, 1), np.uint8)).dtype == "float32"
