"""What a run is asked to do, checked before anything starts. Importing this does not import Keras."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.data import sources
from core.models.sizes import NUM_PARAMETERS, describe, misfit

OPTIMIZERS = ("rmsprop", "adam", "sgd")
SCHEDULES = ("constant", "cosine", "one-cycle")
# Networks that begin with the weights that other images taught them.
PRETRAINED = ("pets_transfer",)
LOSSES = ("cross_entropy", "superclass", "superclass_hardmax", "index_ranges")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
BACKENDS = ("tensorflow", "jax", "torch")
# What each architecture is known to learn well with, where it is not what RunConfig takes of itself.
RECIPES: Mapping[str, Mapping[str, Any]] = {
    # CIFAR-10's starter run. An hour on two CPU cores that reckon in bfloat16.
    "conv10": {
        "optimizer": "sgd", "learning_rate": 0.2, "schedule": "one-cycle", "batch_size": 256, "epochs": 15, "shift": 4,
        "flip": True, "label_smoothing": 0.1, "weight_decay": 5e-4, "precision": "mixed_bfloat16",
    },
    # As in "TensorFlowでVGG19を使ってMNISTのエラー画像一覧を作ってみた", but for the epochs, of which it has hundreds.
    "deep_mnist": {"optimizer": "adam", "learning_rate": 1e-3, "epochs": 20},
    "vgg19": {"optimizer": "adam", "learning_rate": 5e-5, "epochs": 20},
    # The pets' starter run.
    "pets_transfer": {
        "optimizer": "adam", "learning_rate": 0.003, "schedule": "cosine", "batch_size": 16, "epochs": 16, "shift": 16,
        "flip": True, "label_smoothing": 0.1, "patience": 16, "frozen_epochs": 12,
    },
}  # fmt: skip


@dataclass(frozen=True)
class RunConfig:
    """What a run is asked to do.

    Attributes:
        dataset, architecture, optimizer: names.
        learning_rate: positive; the largest that the schedule takes.
        schedule: "constant"; "cosine", which falls to 0 at the last step (Loshchilov & Hutter 2017,
            https://arxiv.org/abs/1608.03983, without restarts); or "one-cycle", which rises evenly in the first quarter of
            the steps and falls evenly to 0 in the rest.
        batch_size: images a step.
        epochs: passes over the training images; None if steps is given.
        steps: optimizer steps in all; None if epochs is given.
        shift: the most pixels by which a training image is moved up, down, left or right, anew every epoch, with black
            where nothing was: the same as padding it and cropping it at random.
        seed: of weights, order of the images and Dropout.
        precision: a Keras dtype policy.
        device: "cpu" or "gpu:N", N as nvidia-smi counts.
        num_train: how many of the training images to use, the first ones; None for all.
        backend: of Keras.
        versions: package -> version, filled in when the run is made.
        flip: mirror every other training image, left for right, drawn anew every epoch.
        cutout: side in pixels of a black square, put somewhere into each training image anew every epoch; 0 for none.
        label_smoothing: in [0, 1), the part of the truth that is spread evenly over all classes.
        weight_decay: each step takes learning rate x weight_decay of every weight away, whatever the gradient
            (Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101).
        patience: end when the validation loss has not fallen for so many epochs (or tenths of a run given in steps), and
            keep the weights that had the lowest; 0 goes to the end and keeps the last.
        averaging: judge and keep not the last weights but their exponential average over the steps, of which each step
            keeps this part, in [0, 1); 0 for none.
        loss: "cross_entropy" alone, or with the cross-entropy of the data set's groups ("superclass"), with that of the
            most probable class's group alone ("superclass_hardmax"), or of all ranges of classes ("index_ranges").
        frozen_epochs: of a pretrained network, the first epochs in which only its logits learn; after them all of it
            learns, with a hundredth of the rate. 0 for a network that is not.
        loss_weight: of what is added to the cross-entropy; at least 0.

    Raises:
        ValueError: a value makes no sense; the sentence says which and what was expected.
    """

    dataset: str
    architecture: str
    optimizer: str = "rmsprop"
    learning_rate: float = 1e-3
    schedule: str = "constant"
    batch_size: int = 128
    epochs: int | None = None
    steps: int | None = None
    shift: int = 0
    seed: int = 0
    precision: str = "float32"
    device: str = "cpu"
    num_train: int | None = None
    backend: str = "tensorflow"
    versions: Mapping[str, str] = field(default_factory=dict)
    flip: bool = False
    cutout: int = 0
    label_smoothing: float = 0.0
    weight_decay: float = 0.0
    patience: int = 0
    averaging: float = 0.0
    loss: str = "cross_entropy"
    loss_weight: float = 1.0
    frozen_epochs: int = 0

    def __post_init__(self) -> None:
        source = sources.source(self.dataset)
        for name, options in (
            ("architecture", NUM_PARAMETERS), ("optimizer", OPTIMIZERS), ("schedule", SCHEDULES), ("precision", PRECISIONS), ("backend", BACKENDS),
            ("loss", LOSSES),
        ):  # fmt: skip
            if getattr(self, name) not in options:
                raise ValueError(f"{name} must be one of {', '.join(options)}, got {getattr(self, name)!r}.")
        if sentence := misfit(self.architecture, source.image_shape):
            raise ValueError(f"{sentence} {source.title} has images of {describe(source.image_shape)}.")
        if not 0 < self.learning_rate < float("inf"):
            raise ValueError(f"learning_rate must be positive and finite, got {self.learning_rate}.")
        if (self.epochs is None) == (self.steps is None):
            raise ValueError(f"Give either epochs or steps, got epochs={self.epochs} and steps={self.steps}.")
        for name in ("batch_size", "epochs", "steps", "num_train"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}.")
        # A run of before may have had more images than are here now. Those are counted last: it takes a look at every file.
        published = source.num_samples["train"]
        if self.num_train is not None and self.num_train > published:
            available = max(published, sources.num_samples(self.dataset)["train"])
            if self.num_train > available:
                raise ValueError(
                    f"num_train must be at most {available:,}, the training images of {self.dataset}, got {self.num_train:,}."
                )
        for name in ("shift", "cutout"):
            if not 0 <= getattr(self, name) < min(source.image_shape[:2]):
                raise ValueError(
                    f"{name} must be at least 0 pixels and smaller than the image, got {getattr(self, name)}."
                )
        for name in ("label_smoothing", "averaging"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must lie in [0, 1), got {getattr(self, name)}.")
        for name in ("weight_decay", "loss_weight"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be at least 0 and finite, got {getattr(self, name)}.")
        for name in ("patience", "frozen_epochs"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}.")
        if self.frozen_epochs and self.architecture not in PRETRAINED:
            raise ValueError(f"frozen_epochs must be 0: {self.architecture} is not pretrained.")
        if self.loss.startswith("superclass") and not source.groups:
            raise ValueError(f"{self.loss} needs groups of classes, and {source.title} has none.")
        if self.device != "cpu" and not (self.device.startswith("gpu:") and self.device[4:].isdecimal()):
            raise ValueError(f"device must be 'cpu' or 'gpu:N', got {self.device!r}.")

    @property
    def num_images(self) -> int:
        """How many images train."""
        return self.num_train or sources.num_samples(self.dataset)["train"]

    @property
    def steps_per_epoch(self) -> int:
        return -(-self.num_images // self.batch_size)

    @property
    def total_steps(self) -> int:
        return self.steps if self.steps is not None else self.epochs * self.steps_per_epoch

    @property
    def num_parameters(self) -> int:
        """Weights of the architecture on this data set."""
        source = sources.source(self.dataset)
        return NUM_PARAMETERS[self.architecture](source.image_shape, len(source.class_names))

    @property
    def title(self) -> str:
        length = f"{self.steps:,} steps" if self.steps else f"{self.epochs} epoch{'s' * (self.epochs > 1)}"
        loss = f" · {self.loss} loss" if self.loss != "cross_entropy" else ""
        return f"{sources.source(self.dataset).title} · {self.architecture}{loss} · {length}"
