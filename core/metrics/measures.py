"""The measures of a trained network, in one table: what each is called, how it is computed and which way is better.

The uncertainty is least confidence, one minus the largest probability. A measure without its input is NaN.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from math import nan

import numpy as np
from numpy.typing import NDArray

from core.metrics.calibration import expected_calibration_error
from core.metrics.hierarchy import membership
from core.metrics.predictions import Predictions
from core.metrics.selective import augrc, aurc, coverage_at_risk
from core.metrics.uncertainty import least_confidence

Groups = Mapping[str, Sequence[str]]  # superclass -> its class names


@dataclass(frozen=True, eq=False)
class Trained:
    """What is known of one trained network.

    Attributes:
        test: of at least one test image.
        validation_accuracy: one per line of the training history, fractions; empty if there is no history.
        groups: the superclasses; empty if there are none.
        ood_auroc: how well the uncertainty tells out-of-distribution images from test images; NaN if not computed.
    """

    test: Predictions
    validation_accuracy: Sequence[float] = ()
    groups: Groups = field(default_factory=dict)
    ood_auroc: float = nan

    @cached_property
    def uncertainty(self) -> NDArray[np.floating]:
        """(num_samples,), least confidence of the test images."""
        return least_confidence(self.test.probs)


@dataclass(frozen=True)
class Measure:
    """A measure and what a page shows of it.

    Attributes:
        key: its name in addresses and files, the same in every language.
        label: its name on screen.
        value: of a trained network; NaN if its input is missing.
        higher_is_better: whether a larger value is better.
        in_percent: whether the value, a fraction, is shown in percent; else as a number.
        meaning: one sentence.
    """

    key: str
    label: str
    value: Callable[[Trained], float]
    higher_is_better: bool
    in_percent: bool
    meaning: str


_ALWAYS = (
    Measure(
        key="accuracy",
        label="Test accuracy",
        value=lambda trained: trained.test.accuracy,
        higher_is_better=True,
        in_percent=True,
        meaning="Share of the test images that are answered correctly when all are answered.",
    ),
    Measure(
        key="validation",
        label="Best validation accuracy",
        value=lambda trained: max(trained.validation_accuracy, default=nan),
        higher_is_better=True,
        in_percent=True,
        meaning="The highest validation accuracy of any epoch; it is slightly too high because the best epoch is chosen on "
        "the same images.",
    ),
    Measure(
        key="aurc",
        label="AURC",
        value=lambda trained: aurc(trained.uncertainty, trained.test.correct),
        higher_is_better=False,
        in_percent=False,
        meaning="Area under the risk-coverage curve: the mean error rate of the answered test images over all coverages.",
    ),
    Measure(
        key="augrc",
        label="AUGRC",
        value=lambda trained: augrc(trained.uncertainty, trained.test.correct),
        higher_is_better=False,
        in_percent=False,
        meaning="Area under the generalised risk-coverage curve: the mean over all coverages of the errors answered, divided "
        "by all test images.",
    ),
    Measure(
        key="coverage",
        label="Coverage at 99 % accuracy",
        value=lambda trained: coverage_at_risk(trained.uncertainty, trained.test.correct, risk=0.01),
        higher_is_better=True,
        in_percent=True,
        meaning="The largest share of the test images that can be answered with an accuracy of at least 99 %.",
    ),
    Measure(
        key="ece",
        label="ECE",
        value=lambda trained: expected_calibration_error(trained.test.probs, trained.test.labels),
        higher_is_better=False,
        in_percent=False,
        meaning="Expected calibration error: the mean gap between confidence and accuracy, over 15 bins of equal width.",
    ),
)
_OOD = Measure(
    key="ood",
    label="OOD AUROC",
    value=lambda trained: trained.ood_auroc,
    higher_is_better=True,
    in_percent=False,
    meaning="The probability that an out-of-distribution image is more uncertain than a test image; 0.5 is chance.",
)


def measures(groups: Groups) -> dict[str, Measure]:
    """Key -> measure, in the order on screen, with an accuracy for each superclass.

    Args:
        groups: the superclasses; empty if there are none.

    Example:
        >>> [measure.label for measure in measures({"animal": ["cat"], "vehicle": ["car"]}).values()][-3:]
        ['Accuracy: animal', 'Accuracy: vehicle', 'OOD AUROC']
    """
    of_groups = (
        Measure(
            key=f"accuracy_{group}",
            label=f"Accuracy: {group}",
            value=partial(_accuracy_on, group),
            higher_is_better=True,
            in_percent=True,
            meaning=f"Share of the test images of the superclass “{group}” that are answered with their own class.",
        )
        for group in groups
    )
    return {measure.key: measure for measure in (*_ALWAYS, *of_groups, _OOD)}


def measured(trained: Trained) -> dict[str, float]:
    """Key -> value of every measure of a network, in the order on screen.

    Raises:
        ValueError: there is no test image, or the superclasses do not name every class exactly once.

    Example:
        >>> test = Predictions(np.log([[0.9, 0.1], [0.6, 0.4]]), np.array([0, 1]), ("cat", "car"))
        >>> found = measured(Trained(test, validation_accuracy=[0.5, 0.7, 0.6]))
        >>> found["accuracy"], found["validation"], found["aurc"], found["coverage"], found["ood"]
        (0.5, 0.7, 0.25, 0.5, nan)
    """
    return {key: measure.value(trained) for key, measure in measures(trained.groups).items()}


def _accuracy_on(group: str, trained: Trained) -> float:
    """Accuracy on the images whose true class is in the group; NaN if there are none."""
    place = list(trained.groups).index(group)
    inside = (membership(trained.test.class_names, trained.groups) == place)[trained.test.labels]
    return float(trained.test.correct[inside].mean()) if inside.any() else nan
