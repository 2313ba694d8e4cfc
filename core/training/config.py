"""The settings of a run, checked before anything starts. Importing this module does not import Keras."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.data import sources
from core.models.sizes import NUM_PARAMETERS, describe, misfit

OPTIMIZERS = ("rmsprop", "adam", "sgd")
SCHEDULES = ("constant", "cosine", "one-cycle")
# Networks that start from weights trained on other images.
PRETRAINED = ("pets_transfer",)
LOSSES = ("cross_entropy", "superclass", "superclass_hardmax", "index_ranges")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
BACKENDS = ("tensorflow", "jax", "torch")
# Types of the fields; a whole number is a number, too.
TEXTS = ("dataset", "architecture", "optimizer", "schedule", "precision", "device", "backend", "loss")
INTEGERS = ("batch_size", "epochs", "steps", "shift", "seed", "num_train", "cutout", "patience", "frozen_epochs")
NUMBERS = ("learning_rate", "label_smoothing", "weight_decay", "averaging", "loss_weight")
OPTIONAL = ("epochs", "steps", "num_train")
LARGEST = 2**31 - 1
# Settings that work well for an architecture, where they differ from the defaults of RunConfig.
RECIPES: Mapping[str, Mapping[str, Any]] = {
    # CIFAR-10's starter run. About an hour on two CPU cores that support bfloat16.
    "conv10": {
        "optimizer": "sgd", "learning_rate": 0.2, "schedule": "one-cycle", "batch_size": 256, "epochs": 15, "shift": 4,
        "flip": True, "label_smoothing": 0.1, "weight_decay": 5e-4, "precision": "mixed_bfloat16",
    },
    # Optimizer and rate as in "TensorFlowでVGG19を使ってMNISTのエラー画像一覧を作ってみた", which trains much longer: its
    # best epochs are the 79th and the 314th.
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
    """The settings of a run.

    Attributes:
        dataset, architecture, optimizer: names.
        learning_rate: positive; the peak of the schedule.
        schedule: "constant"; "cosine", which falls to 0 at the last step (Loshchilov & Hutter 2017,
            https://arxiv.org/abs/1608.03983, without restarts); or "one-cycle", which rises linearly in the first quarter
            of the steps and then falls linearly to 0.
        batch_size: images per step.
        epochs: passes over the training images; None if steps is given.
        steps: total number of optimizer steps; None if epochs is given.
        shift: largest random translation of a training image, in pixels, up, down, left or right, drawn again every epoch;
            what comes into view is black. The same as padding and random cropping.
        seed: of the initial weights, the order of the images, augmentation and Dropout.
        precision: a Keras dtype policy.
        device: "cpu" or "gpu:N", N as nvidia-smi counts.
        num_train: number of training images to use, from the first; None for all.
        backend: of Keras.
        versions: package -> version, filled in when the run is created.
        flip: flip each training image horizontally with probability 0.5, drawn again every epoch.
        cutout: side in pixels of a black square at a random place in each training image, drawn again every epoch; 0 for
            none.
        label_smoothing: in [0, 1), the share of the target that is spread evenly over all classes.
        weight_decay: each step subtracts learning rate x weight_decay x weight from every weight, independently of the
            gradient (Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101).
        patience: stop when the validation loss has not fallen for this many epochs (of a run given in steps: segments, see
            `core.training.trainer`), and keep the weights with the lowest; 0 trains to the end and keeps the last weights.
        averaging: evaluate and keep the exponential moving average of the weights instead of the last weights; its
            momentum, in [0, 1). 0 for no averaging.
        loss: "cross_entropy" alone, or with the cross-entropy of the data set's groups ("superclass"), of only the most
            probable class's group ("superclass_hardmax"), or of all ranges of classes ("index_ranges").
        frozen_epochs: number of first epochs in which only the logits of a pretrained network are trained; after them
            everything except BatchNormalization is, with a hundredth of the learning rate. 0 for other networks.
        keep_logits: keep the logits for the validation images after every epoch (of a run given in steps: segment), see
            `core.training.epoch_logits`.
        loss_weight: weight of the term that is added to the cross-entropy; at least 0.

    Raises:
        ValueError: a value is invalid; the message says which, and what was expected.
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
    keep_logits: bool = False

    def __post_init__(self) -> None:
        self._check_types()
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
        # An older run may have had more images than are present now. These are counted only if needed: it means listing
        # every file.
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

    def _check_types(self) -> None:
        for names, kind, expected in (
            (TEXTS, str, "a text"), (INTEGERS, int, "an integer"), (NUMBERS, int | float, "a number"), (("flip", "keep_logits"), bool, "true or false"),
            (("versions",), Mapping, "a mapping"),
        ):  # fmt: skip
            for name in names:
                value = getattr(self, name)
                if value is None and name in OPTIONAL:
                    continue
                if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
                    raise ValueError(f"{name} must be {expected}, got {type(value).__name__}.")
                if isinstance(value, int) and abs(value) > LARGEST:
                    raise ValueError(f"{name} must be at most {LARGEST:,}.")
        if self.seed < 0:
            raise ValueError(f"seed must be at least 0, got {self.seed}.")

    @property
    def loss_terms(self) -> tuple[str, ...]:
        """What the training loss has besides cross-entropy, in words; usually nothing."""
        terms = {
            "superclass": "the superclass term",
            "superclass_hardmax": "the superclass term",
            "index_ranges": "the term of class ranges",
        }
        added = [terms[self.loss]] if self.loss in terms and self.loss_weight else []
        return (*(["label smoothing"] if self.label_smoothing else []), *added)

    @property
    def num_images(self) -> int:
        """Number of training images."""
        return self.num_train or sources.num_samples(self.dataset)["train"]

    @property
    def steps_per_epoch(self) -> int:
        return -(-self.num_images // self.batch_size)

    @property
    def total_steps(self) -> int:
        # Exactly one of the two is given.
        return self.steps or (self.epochs or 0) * self.steps_per_epoch

    @property
    def num_parameters(self) -> int:
        """Number of weights of the architecture on this data set."""
        source = sources.source(self.dataset)
        return NUM_PARAMETERS[self.architecture](source.image_shape, len(source.class_names))

    @property
    def title(self) -> str:
        length = f"{self.steps:,} steps" if self.steps else f"{self.epochs} epoch{'s' if self.epochs != 1 else ''}"
        loss = f" · {self.loss} loss" if self.loss != "cross_entropy" else ""
        return f"{sources.source(self.dataset).title} · {self.architecture}{loss} · {length}"
