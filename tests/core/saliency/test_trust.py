import keras
import numpy as np
import pytest
from keras import layers
from scipy.special import softmax
from scipy.stats import spearmanr

from core.saliency import (
    deletion_curve,
    gradient_x_input,
    guided_backprop,
    insertion_curve,
    integrated_gradients,
    randomized,
    rank_correlation,
    spread,
    vanilla_gradient,
    weighted_layers,
)


def linear(build):
    model = build.one_way(shape=(6, 6, 1))
    return model, build.pictures(model, 3), model.layers[-1].get_weights()[0][:, 0].reshape(6, 6)


def test_deletion_and_insertion_go_pixel_by_pixel_in_the_order_of_the_map(build):
    model, images, weights = linear(build)
    maps = weights * images[..., 0]
    for curve, inserts in ((deletion_curve, False), (insertion_curve, True)):
        result = curve(model, images, 0, maps, num_steps=36, value=0)
        order = np.argsort(-maps[1].ravel())
        for moved in (0, 1, 20, 36):
            gone = np.zeros(36, bool)
            gone[order[:moved]] = True
            image = np.where((gone == inserts).reshape(1, 6, 6, 1), images[1:2], 0)
            expected = softmax(np.asarray(model(image), np.float64)[0])[0]
            assert result.probs[1, moved] == pytest.approx(expected, abs=1e-6)
        np.testing.assert_allclose(result.fraction, np.arange(37) / 36)


def test_a_good_map_beats_a_random_ranking_and_its_opposite_loses(build):
    model, images, weights = linear(build)
    maps = weights * images[..., 0]
    good, bad = (deletion_curve(model, images, 0, each, value=0) for each in (maps, -maps))
    assert (good.auc < good.random_auc).all() and (bad.auc > bad.random_auc).all()
    good, bad = (insertion_curve(model, images, 0, each, value=0) for each in (maps, -maps))
    assert (good.auc > good.random_auc).all() and (bad.auc < bad.random_auc).all()
    for curve in (good, bad):
        np.testing.assert_allclose(curve.probs[:, 0], curve.random_probs[:, 0], atol=1e-6)
        np.testing.assert_allclose(curve.probs[:, -1], curve.random_probs[:, -1], atol=1e-6)


def test_the_area_is_that_under_the_curve(build):
    model, images, _ = linear(build)
    curve = deletion_curve(model, images, 0, vanilla_gradient(model, images, 0), num_steps=2)
    np.testing.assert_allclose(curve.auc, curve.probs @ [0.25, 0.5, 0.25])


def test_equal_pixels_are_ranked_at_random_and_the_same_again(build):
    model, images, _ = linear(build)
    flat = np.zeros((3, 6, 6))
    first, again = (deletion_curve(model, images, 0, flat, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.probs, again.probs)
    assert (deletion_curve(model, images, 0, flat, seed=4).probs != first.probs).any()


def test_maps_that_do_not_fit_are_refused(build):
    model, images, _ = linear(build)
    for maps in (np.zeros((2, 6, 6)), np.full((3, 6, 6), np.nan)):
        with pytest.raises(ValueError, match="maps must be finite"):
            deletion_curve(model, images, 0, maps)
    with pytest.raises(ValueError, match="num_steps"):
        insertion_curve(model, images, 0, np.zeros((3, 6, 6)), num_steps=0)


def test_only_the_last_layers_get_random_weights_and_the_original_none(models, build):
    original = models["nested"]
    before = [np.array(variable) for variable in original.variables]
    assert weighted_layers(original) == ("conv1", "conv1_bn", "conv2", "logits")
    for num_layers in range(5):
        copy = randomized(original, num_layers, seed=0)
        kept = {name: number < 4 - num_layers for number, name in enumerate(weighted_layers(original))}
        for name, same in kept.items():
            ours, theirs = (
                next(
                    layer.get_weights()
                    for layer in [*model.layers, *model.get_layer("backbone").layers]
                    if layer.name == name
                )
                for model in (copy, original)
            )
            assert same == all(np.array_equal(mine, old) for mine, old in zip(ours, theirs, strict=True)), name
    for old, variable in zip(before, original.variables, strict=True):
        np.testing.assert_array_equal(old, np.array(variable))


def test_the_random_weights_depend_on_the_seed_alone(models):
    first, again, other = (randomized(models["grey"], 2, seed).get_weights() for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))
    with pytest.raises(ValueError, match=r"0 \.\.\. 3"):
        randomized(models["grey"], 4, 0)


def test_a_copy_without_random_weights_is_explained_as_the_original(any_model, build):
    images = build.pictures(any_model)
    ours = vanilla_gradient(randomized(any_model, 0, 0), images, 1)
    np.testing.assert_array_equal(ours, vanilla_gradient(any_model, images, 1))


def test_rank_correlation_is_spearmans(rng):
    maps, others = rng.integers(0, 20, (2, 4, 5, 5)).astype(float)
    mask = rng.random((4, 5, 5)) < 0.6
    for counts in (None, mask):
        expected = [
            spearmanr(*(each[n][mask[n] if counts is not None else ...].ravel() for each in (maps, others))).statistic
            for n in range(4)
        ]
        np.testing.assert_allclose(rank_correlation(maps, others, counts), expected)
    np.testing.assert_allclose(rank_correlation(maps, maps), 1)
    np.testing.assert_allclose(rank_correlation(maps, -(maps**3)), -1)


def test_a_constant_map_or_no_pixel_has_no_rank_correlation(rng):
    maps = rng.random((2, 3, 3))
    assert np.isnan(rank_correlation(maps, np.ones((2, 3, 3)))).all()
    assert np.isnan(rank_correlation(maps, maps, np.zeros((2, 3, 3), bool))).all()
    with pytest.raises(ValueError, match="one shape"):
        rank_correlation(maps, maps[:1])


def test_the_sign_tells_networks_apart_where_a_black_background_hides_it():
    digit = np.zeros((1, 28, 28, 1), np.uint8)
    digit[0, 6:22, 12:16] = np.random.default_rng(0).integers(1, 256, (16, 4, 1))
    inputs = keras.Input((28, 28, 1), dtype="uint8")
    x = layers.Flatten()(layers.Rescaling(1 / 255)(inputs))
    model = keras.Model(inputs, layers.Dense(10, kernel_initializer=keras.initializers.GlorotUniform(1))(x))
    maps, others = (gradient_x_input(each, digit, 0).maps for each in (model, randomized(model, 1, 5)))
    assert rank_correlation(np.abs(maps), np.abs(others)).item() > 0.85
    assert abs(rank_correlation(maps, others, digit[..., 0] > 0).item()) < 0.4


def test_guided_backpropagation_hardly_notices_random_weights_where_the_gradient_does():
    def trained():
        inputs = keras.Input((12, 12, 1))
        x = layers.Conv2D(8, 3, activation="relu", kernel_initializer=keras.initializers.HeNormal(2))(inputs)
        x = layers.Dense(64, activation="relu", kernel_initializer=keras.initializers.HeNormal(3))(layers.Flatten()(x))
        return keras.Model(inputs, layers.Dense(2, kernel_initializer=keras.initializers.GlorotUniform(4))(x))

    model, images = trained(), np.random.default_rng(0).random((8, 12, 12, 1))
    other = randomized(model, 2, seed=9)
    plain, guided = (
        rank_correlation(method(model, images, 0), method(other, images, 0)).mean()
        for method in (vanilla_gradient, guided_backprop)
    )
    assert guided > plain + 0.1


def test_spread_is_the_standard_deviation_of_maps_with_random_units_dropped(build):
    inputs = keras.Input((2, 2, 1))
    x = layers.Dropout(0.5)(layers.Flatten()(inputs))
    model = keras.Model(inputs, layers.Dense(1, use_bias=False)(x))
    weights = np.array([[1.0], [2.0], [-3.0], [0.0]])
    model.set_weights([weights])
    result = spread(model, np.ones((2, 2, 2, 1)), 0, num_passes=400)
    # Each weight is 0 or doubled, half of the time each: its mean is itself, and so is its standard deviation.
    np.testing.assert_allclose(result.mean, np.tile(weights.reshape(2, 2), (2, 1, 1)), atol=0.5)
    np.testing.assert_allclose(result.std, np.abs(result.mean / result.mean[0, 0, 0]) * result.std[0, 0, 0], atol=0.5)
    np.testing.assert_array_equal(result.std[0], result.std[1])
    np.testing.assert_allclose(result.std[0, 0, 0], 1, atol=0.1)


@pytest.mark.parametrize("kind", ["grey", "colour", "nested"])
def test_spread_takes_every_method_and_is_the_same_again_with_a_seed(kind, models, build):
    model, images = models[kind], build.pictures(models[kind])
    before = [np.array(variable) for variable in model.variables]
    for method, settings in ((vanilla_gradient, {}), (integrated_gradients, {"steps": 4, "max_steps": 4})):
        first, again = (spread(model, images, 1, method, num_passes=3, seed=2, **settings) for _ in range(2))
        np.testing.assert_array_equal(first.mean, again.mean)
        np.testing.assert_array_equal(first.std, again.std)
        assert first.std.max() > 0 and first.std.shape == images.shape[:3]
    for old, variable in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, np.array(variable))


def test_spread_sees_new_weights(build):
    def network():
        inputs = keras.Input((4, 4, 1))
        x = layers.Dense(5, activation="relu")(layers.Flatten()(inputs))
        return keras.Model(inputs, layers.Dense(2)(layers.Dropout(0.5)(x)))

    model = build.randomise(network(), 1)
    images = build.pictures(model)
    spread(model, images, 0, num_passes=2)
    build.randomise(model, 2)
    fresh = spread(build.randomise(network(), 2), images, 0, num_passes=2)
    np.testing.assert_array_equal(spread(model, images, 0, num_passes=2).mean, fresh.mean)


def test_a_network_without_dropout_has_no_spread(models, build):
    with pytest.raises(ValueError, match="has no Dropout"):
        spread(models["unscaled"], build.pictures(models["unscaled"]), 0)
    with pytest.raises(ValueError, match="num_passes"):
        spread(models["grey"], build.pictures(models["grey"]), 0, num_passes=1)
