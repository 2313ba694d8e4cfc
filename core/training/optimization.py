"""Loss, optimizer and learning rate of a run, as its config says."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from core.data import sources
from core.models.architectures import ARCHITECTURES, freeze, load_pretrained
from core.models.losses import TrainingLoss, index_ranges, superclasses
from core.training.config import PRETRAINED, RunConfig

SECONDS_PER_EXECUTION = 1.0  # between two returns to Python, when the trainer checks whether to stop
MOST_STEPS_PER_EXECUTION = 10
FINE_TUNING = 0.01  # factor of the learning rate once more than the logits of a pretrained network is trained
WARM_UP = 0.25  # the part of a one-cycle run in which the learning rate rises


@keras.saving.register_keras_serializable("wakaranai")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """A triangle: the rate rises linearly to its peak in the first quarter of the steps, then falls linearly to 0.

    Source:
        Smith & Topin 2017, Super-convergence, https://arxiv.org/abs/1708.07120.
    """

    def __init__(self, peak: float, total_steps: int) -> None:
        super().__init__()
        self.peak, self.total_steps = peak, total_steps

    def __call__(self, step: Any) -> Any:
        # Half a step later, so that the rate is above 0 at the first and the last step.
        done = (keras.ops.cast(step, "float32") + 0.5) / self.total_steps
        return self.peak * keras.ops.minimum(done / WARM_UP, (1 - done) / (1 - WARM_UP))

    def get_config(self) -> dict[str, Any]:
        return {"peak": self.peak, "total_steps": self.total_steps}


def compiled(config: RunConfig) -> keras.Model:
    """The run's network with initial weights, compiled for training."""
    keras.utils.set_random_seed(config.seed)
    keras.config.set_dtype_policy(config.precision)
    model = network(config)
    if config.architecture in PRETRAINED:
        load_pretrained(model)
        freeze(model, frozen=config.frozen_epochs > 0)
    _compile(model, config)
    return model


def network(config: RunConfig) -> keras.Model:
    """The run's network with random weights."""
    source = sources.source(config.dataset)
    return ARCHITECTURES[config.architecture](source.image_shape, len(source.class_names))


def unfreeze(model: keras.Model, config: RunConfig, step: int) -> None:
    """Train a pretrained network, except BatchNormalization, from now on: with a new optimizer and a hundredth of the rate."""
    freeze(model, frozen=False)
    _compile(model, config, FINE_TUNING)
    model.optimizer.build(model.trainable_variables)
    model.optimizer.iterations.assign(step)


def _compile(model: keras.Model, config: RunConfig, factor: float = 1.0) -> None:
    rate = config.learning_rate * factor
    if config.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, config.total_steps)
    elif config.schedule == "one-cycle":
        rate = OneCycle(rate, config.total_steps)
    optimizer = {
        "rmsprop": keras.optimizers.RMSprop,
        "adam": keras.optimizers.Adam,
        "sgd": partial(keras.optimizers.SGD, momentum=0.9, nesterov=True),
    }[config.optimizer]
    averaging = {"use_ema": True, "ema_momentum": config.averaging} if config.averaging else {}
    model.compile(
        optimizer=optimizer(rate, weight_decay=config.weight_decay or None, **averaging),
        loss=_loss(config),
        metrics=_metrics(config),
    )


def _metrics(config: RunConfig) -> list[Any]:
    """Accuracy, and the cross-entropy alone if the loss has other terms: without them it compares with the validation loss."""
    if not config.loss_terms:
        return ["accuracy"]
    return ["accuracy", keras.metrics.SparseCategoricalCrossentropy(name="cross_entropy", from_logits=True)]


def _loss(config: RunConfig) -> TrainingLoss:
    source = sources.source(config.dataset)
    groupings = {
        "cross_entropy": lambda: [],
        "superclass": lambda: [superclasses(source.class_names, source.groups)],
        "superclass_hardmax": lambda: [superclasses(source.class_names, source.groups)],
        "index_ranges": lambda: index_ranges(len(source.class_names)),
    }[config.loss]()
    return TrainingLoss(config.label_smoothing, groupings, config.loss_weight, config.loss == "superclass_hardmax")


def prepare(model: keras.Model, images: NDArray[np.uint8]) -> None:
    """Prepare a compiled or loaded model for training in segments.

    Between two returns to Python it takes as many steps as fit into about a second, at most ten.

    Args:
        images: a training batch; the model predicts it twice to measure the time, and its weights do not change.
    """
    model.steps_per_execution = 1
    model.predict_on_batch(images)  # compiles
    before = time.perf_counter()
    model.predict_on_batch(images)
    step = 3 * (time.perf_counter() - before)  # a step goes forward, and back at about twice the cost
    model.steps_per_execution = int(np.clip(SECONDS_PER_EXECUTION / step, 1, MOST_STEPS_PER_EXECUTION))
    model.train_function = None
    # At the end of each `fit`, which is a segment here, Keras would replace the weights by their averages.
    model.optimizer.finalize_variable_values = lambda variables: None


@contextmanager
def averaged(model: keras.Model) -> Iterator[None]:
    """Within this context the model has the moving averages of its weights, if the run keeps them."""
    if not model.optimizer.use_ema:
        yield
        return
    raw = [keras.ops.convert_to_numpy(variable) for variable in model.trainable_variables]
    type(model.optimizer).finalize_variable_values(model.optimizer, model.trainable_variables)
    try:
        yield
    finally:
        for variable, value in zip(model.trainable_variables, raw, strict=True):
            variable.assign(value)
