import pytest

from core.training.config import RunConfig


def test_steps_are_reckoned_with_the_last_smaller_batch():
    config = RunConfig("mnist", "small_cnn", epochs=20)
    assert (config.num_images, config.steps_per_epoch, config.total_steps) == (50_000, 391, 7_820)
    few = RunConfig("mnist", "dense", batch_size=100, steps=7, num_train=250)
    assert (few.num_images, few.steps_per_epoch, few.total_steps) == (250, 3, 7)


def test_the_title_says_what_it_is():
    assert RunConfig("fashion_mnist", "small_cnn", epochs=1).title == "Fashion-MNIST · small_cnn · 1 epoch"
    assert RunConfig("mnist", "dense", steps=1000).title == "MNIST · dense · 1,000 steps"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dataset": "minst"}, "no data set 'minst'"),
        (
            {"architecture": "resnet"},
            "architecture must be one of softmax_regression, dense, small_cnn, .*got 'resnet'",
        ),
        ({"optimizer": "lion"}, "optimizer must be one of"),
        ({"schedule": "linear"}, "schedule must be one of"),
        ({"precision": "float8"}, "precision must be one of"),
        ({"backend": "numpy"}, "backend must be one of"),
        ({"learning_rate": 0.0}, "learning_rate must be positive and finite, got 0.0"),
        ({"learning_rate": float("nan")}, "learning_rate must be positive"),
        ({"epochs": None}, "Give either epochs or steps"),
        ({"steps": 5}, "Give either epochs or steps"),
        ({"epochs": 0}, "epochs must be at least 1, got 0"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"num_train": 50_001}, "num_train must be at most 50,000"),
        ({"shift": 28}, "shift must be at least 0 pixels and smaller than the image, got 28"),
        ({"device": "tpu"}, "device must be 'cpu' or 'gpu:N'"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_in_a_sentence(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        RunConfig(**({"dataset": "mnist", "architecture": "dense", "epochs": 1} | changes))
