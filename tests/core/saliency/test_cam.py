import keras
import numpy as np
import pytest
from keras import layers

from core.saliency import feature_layers, grad_cam


def pixel_counter(weight):
    """Its only feature map is the image, and its only logit the mean pixel times the weight."""
    inputs = keras.Input((4, 4, 1))
    x = layers.Conv2D(1, 1, use_bias=False, kernel_initializer="ones", name="conv")(inputs)
    x = layers.Dense(1, use_bias=False, name="logits")(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, x)
    model.get_layer("logits").set_weights([np.array([[weight]])])
    return model


def test_grad_cam_of_a_pixel_counter_is_the_image():
    image = np.random.default_rng(0).random((1, 4, 4, 1)).astype(np.float32)
    explained = grad_cam(pixel_counter(16.0), image, 0, "conv")
    np.testing.assert_allclose(explained.maps, image[..., 0], rtol=1e-6)


def test_no_positive_evidence_gives_zeros_and_says_so():
    image = np.random.default_rng(0).random((1, 4, 4, 1)).astype(np.float32)
    explained = grad_cam(pixel_counter(-16.0), image, 0)
    np.testing.assert_array_equal(explained.maps, 0)
    assert not explained.proof["positive_evidence"][0]
    assert grad_cam(pixel_counter(16.0), image, 0).proof["positive_evidence"][0]


def test_before_global_pooling_it_is_the_map_of_the_class_weights(build):
    inputs = keras.Input((8, 8, 3))
    maps = layers.Conv2D(5, 1, activation="relu", name="conv")(inputs)
    model = build.randomise(keras.Model(inputs, layers.Dense(3)(layers.GlobalAveragePooling2D()(maps))))
    images = build.pictures(model)
    features = np.asarray(keras.Model(inputs, maps)(images))
    class_weights = model.layers[-1].get_weights()[0][:, 2]
    expected = np.maximum(features @ class_weights, 0) / 64
    np.testing.assert_allclose(grad_cam(model, images, 2).maps, expected, atol=1e-6)


def test_what_is_negative_is_cut_before_the_map_is_enlarged():
    inputs = keras.Input((4, 4, 1))
    x = layers.Conv2D(1, 2, strides=2, use_bias=False, kernel_initializer="ones")(inputs)
    x = layers.Dense(1, use_bias=False, kernel_initializer="ones")(layers.GlobalAveragePooling2D()(x))
    image = np.kron([[8.0, -8.0], [-8.0, 8.0]], np.ones((2, 2)))[None, :, :, None]
    maps = grad_cam(keras.Model(inputs, x), image, 0).maps
    # Features are +-32, each weighing 1/4: cut first, the map is [[8, 0], [0, 8]], and at the cells' edge 3/4 of it.
    assert maps.max() == 8
    np.testing.assert_allclose(maps[0, 0], [8, 6, 2, 0], atol=1e-6)


def test_layers_are_offered_with_the_activation_that_belongs_to_them(models):
    assert feature_layers(models["nested"]) == ("backbone/conv1_relu", "backbone/conv2_relu")
    assert feature_layers(models["grey"]) == ("conv",)


def test_a_residual_block_is_explained_where_it_ends():
    inputs = keras.Input((8, 8, 2))
    x = layers.Conv2D(2, 3, padding="same")(inputs)
    x = layers.ReLU(name="end")(layers.Add()([inputs, layers.BatchNormalization()(x)]))
    model = keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))
    assert feature_layers(model) == ("end",)


def test_a_nested_layer_is_found_by_its_name_alone(models, build):
    images = build.pictures(models["nested"])
    by_path = grad_cam(models["nested"], images, 1, "backbone/conv1_bn").maps
    np.testing.assert_array_equal(by_path, grad_cam(models["nested"], images, 1, "conv1_bn").maps)
    last = grad_cam(models["nested"], images, 1).maps
    np.testing.assert_array_equal(last, grad_cam(models["nested"], images, 1, "conv2_relu").maps)
    # A model is known by its output, too.
    np.testing.assert_array_equal(last, grad_cam(models["nested"], images, 1, "backbone").maps)


@pytest.mark.parametrize("layer_name", ["conv9", "logits", "scaling"])
def test_a_layer_without_feature_maps_is_refused_with_those_that_are_offered(layer_name, models, build):
    with pytest.raises(ValueError, match="Offered are conv"):
        grad_cam(models["grey"], build.pictures(models["grey"]), 0, layer_name)


def test_a_network_without_convolution_is_told_so(build):
    model = build.one_way()
    with pytest.raises(ValueError, match="needs a convolution"):
        grad_cam(model, build.pictures(model), 0)
