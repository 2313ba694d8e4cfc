"""What a run is asked to do, checked before anything starts. Importing this does not import Keras."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.data import sources
from core.models.sizes import NUM_PARAMETERS

OPTIMIZERS = ("rmsprop", "adam", "sgd")
SCHEDULES = ("constant", "cosine")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
BACKENDS = ("tensorflow", "jax", "torch")


@dataclass(frozen=True)
class RunConfig:
    """What a run is asked to do.

    Attributes:
        dataset, architecture, optimizer: names.
        learning_rate: positive; where the schedule begins.
        schedule: "constant", or "cosine", which falls to 0 at the last step (Loshchilov & Hutter 2017,
            https://arxiv.org/abs/1608.03983, without restarts).
        batch_size: images a step.
        epochs: passes over the training images; None if steps is given.
        steps: optimizer steps in all; None if epochs is given.
        shift: the most pixels by which a training image is moved up, down, left or right, anew every epoch.
        seed: of weights, order of the images and Dropout.
        precision: a Keras dtype policy.
        device: "cpu" or "gpu:N", N as nvidia-smi counts.
        num_train: how many of the training images to use, the first ones; None for all.
        backend: of Keras.
        versions: package -> version, filled in when the run is made.

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

    def __post_init__(self) -> None:
        available = sources.source(self.dataset).num_samples["train"]
        for name, options in (
            ("architecture", NUM_PARAMETERS), ("optimizer", OPTIMIZERS), ("schedule", SCHEDULES), ("precision", PRECISIONS), ("backend", BACKENDS),
        ):  # fmt: skip
            if getattr(self, name) not in options:
                raise ValueError(f"{name} must be one of {', '.join(options)}, got {getattr(self, name)!r}.")
        if not 0 < self.learning_rate < float("inf"):
            raise ValueError(f"learning_rate must be positive and finite, got {self.learning_rate}.")
        if (self.epochs is None) == (self.steps is None):
            raise ValueError(f"Give either epochs or steps, got epochs={self.epochs} and steps={self.steps}.")
        for name in ("batch_size", "epochs", "steps", "num_train"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}.")
        if self.num_train is not None and self.num_train > available:
            raise ValueError(
                f"num_train must be at most {available:,}, the training images of {self.dataset}, got {self.num_train:,}."
            )
        if not 0 <= self.shift < min(sources.source(self.dataset).image_shape[:2]):
            raise ValueError(f"shift must be at least 0 pixels and smaller than the image, got {self.shift}.")
        if self.device != "cpu" and not (self.device.startswith("gpu:") and self.device[4:].isdecimal()):
            raise ValueError(f"device must be 'cpu' or 'gpu:N', got {self.device!r}.")

    @property
    def num_images(self) -> int:
        """How many images train."""
        return self.num_train or sources.source(self.dataset).num_samples["train"]

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
        return f"{sources.source(self.dataset).title} · {self.architecture} · {length}"
