import pytest

from core.training.config import RunConfig


def test_the_number_of_steps_counts_the_last_smaller_batch():
    config = RunConfig("mnist", "small_cnn", epochs=20)
    assert (config.num_images, config.steps_per_epoch, config.total_steps) == (50_000, 391, 7_820)
    few = RunConfig("mnist", "dense", batch_size=100, steps=7, num_train=250)
    assert (few.num_images, few.steps_per_epoch, few.total_steps) == (250, 3, 7)


def test_the_title_names_data_set_architecture_and_length():
    assert RunConfig("fashion_mnist", "small_cnn", epochs=1).title == "Fashion-MNIST · small_cnn · 1 epoch"
    assert RunConfig("mnist", "dense", steps=1000).title == "MNIST · dense · 1,000 steps"
    assert (
        RunConfig("cifar10", "conv10", epochs=2, loss="superclass").title
        == "CIFAR-10 · conv10 · superclass loss · 2 epochs"
    )


def test_the_terms_of_the_loss_besides_cross_entropy_are_named():
    def terms(**options):
        return RunConfig("cifar10", "conv10", epochs=1, **options).loss_terms

    assert terms() == ()
    assert terms(label_smoothing=0.1) == ("label smoothing",)
    assert terms(label_smoothing=0.1, loss="superclass") == ("label smoothing", "the superclass term")
    assert terms(loss="superclass_hardmax") == ("the superclass term",)
    assert terms(loss="index_ranges") == ("the term of class ranges",)
    assert terms(loss="index_ranges", loss_weight=0) == ()


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
        ({"loss": "hinge"}, "loss must be one of cross_entropy, superclass, superclass_hardmax, index_ranges"),
        ({"loss_weight": -1.0}, "loss_weight must be at least 0 and finite, got -1.0"),
        ({"weight_decay": float("inf")}, "weight_decay must be at least 0 and finite"),
        ({"label_smoothing": 1.0}, r"label_smoothing must lie in \[0, 1\), got 1.0"),
        ({"averaging": 1.0}, r"averaging must lie in \[0, 1\), got 1.0"),
        ({"cutout": 28}, "cutout must be at least 0 pixels and smaller than the image, got 28"),
        ({"patience": -1}, "patience must be at least 0, got -1"),
        ({"frozen_epochs": 1}, "frozen_epochs must be 0: dense is not pretrained"),
        (
            {"architecture": "pets_transfer"},
            "takes colour images of 224 x 224 pixels.* MNIST has images of 28 x 28 x 1",
        ),
        ({"dataset": "oxford_pets", "architecture": "vgg19"}, "vgg19 takes images of 28 x 28 or 32 x 32 pixels"),
    ],
)
def test_an_invalid_value_is_refused_in_a_sentence(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        RunConfig(**({"dataset": "mnist", "architecture": "dense", "epochs": 1} | changes))


def test_an_old_config_without_a_newer_option_keeps_its_meaning():
    old = {
        "dataset": "mnist", "architecture": "small_cnn", "optimizer": "adam", "learning_rate": 0.002, "schedule": "cosine",
        "batch_size": 128, "epochs": 20, "steps": None, "shift": 1, "seed": 0, "precision": "float32", "device": "cpu",
        "num_train": None, "backend": "tensorflow", "versions": {"keras": "3.15.1"},
    }  # fmt: skip
    config = RunConfig(**old)
    assert (config.loss, config.flip, config.patience, config.averaging) == ("cross_entropy", False, 0, 0.0)
