"""What errors and refusals cost: Chow's threshold, the cheapest one on validation, and what miscalibration adds.

Cost is the mean per image, in the unit in which an error and a refusal are priced. The uncertainty is least confidence, one
minus the largest probability, because Chow's rule is about probabilities. Larger is less certain.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.calibration import fit_temperature
from core.metrics.predictions import Predictions, softmax
from core.metrics.selective import accuracy_coverage_curve, chow_threshold, expected_cost
from core.metrics.uncertainty import least_confidence

Array = NDArray[np.float64]
Scores = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class CostCurve:
    """The cost at every threshold that decides differently.

    Attributes:
        threshold: (num_points,), ascending; the first is minus infinity, which refuses everything.
        coverage: (num_points,), fractions from 0 to 1.
        cost: (num_points,), mean per image.
    """

    threshold: Array
    coverage: Array
    cost: Array


def cost_curve(uncertainty: ArrayLike, correct: ArrayLike, error_cost: float, reject_cost: float) -> CostCurve:
    """Mean cost per image at every threshold, in O(n log n).

    Args:
        uncertainty: (num_samples,), of any score, larger is less certain.
        correct: (num_samples,) bool.
        error_cost: of an answer that is wrong, above 0.
        reject_cost: of a refusal, at least 0.

    Raises:
        ValueError: a cost is out of range, there is no sample, the shapes differ, or a score is NaN.

    Source:
        Chow 1970, https://doi.org/10.1109/TIT.1970.1054406

    Example:
        >>> curve = cost_curve([0.1, 0.2, 0.3, 0.9], [True, True, False, False], error_cost=2, reject_cost=1)
        >>> curve.threshold.tolist(), curve.cost.tolist()
        ([-inf, 0.1, 0.2, 0.3, 0.9], [1.0, 0.75, 0.5, 0.75, 1.0])
    """
    chow_threshold(error_cost, reject_cost)  # checks both
    curve = accuracy_coverage_curve(uncertainty, correct)
    num_samples = curve.num_accepted[-1]
    num_accepted, num_errors = np.append(0, curve.num_accepted), np.append(0, curve.num_errors)
    return CostCurve(
        threshold=np.append(-np.inf, curve.threshold),
        coverage=num_accepted / num_samples,
        cost=(error_cost * num_errors + reject_cost * (num_samples - num_accepted)) / num_samples,
    )


def cheapest_threshold(uncertainty: ArrayLike, correct: ArrayLike, error_cost: float, reject_cost: float) -> float:
    """The threshold with the lowest cost on the given samples; of equally cheap ones the one that accepts most.

    Args:
        uncertainty: (num_samples,) of the validation split.
        correct: (num_samples,) bool.
        error_cost: of an answer that is wrong, above 0.
        reject_cost: of a refusal, at least 0.

    Returns:
        One of the scores, or minus infinity if it is cheapest to refuse everything.

    Raises:
        ValueError: as `cost_curve`.

    Source:
        Chow 1970, https://doi.org/10.1109/TIT.1970.1054406

    Example:
        >>> cheapest_threshold([0.1, 0.2, 0.3, 0.9], [True, True, False, False], error_cost=2, reject_cost=1)
        0.2
    """
    curve = cost_curve(uncertainty, correct, error_cost, reject_cost)
    return float(curve.threshold[np.flatnonzero(curve.cost == curve.cost.min())[-1]])


@dataclass(frozen=True)
class Priced:
    """One threshold on least confidence and what it costs.

    Attributes:
        threshold: the largest uncertainty that is accepted; minus infinity accepts nothing.
        validation_cost, test_cost: mean per image.
        test_coverage: share of the test images that are answered.
    """

    threshold: float
    validation_cost: float
    test_cost: float
    test_coverage: float


@dataclass(frozen=True)
class Costs:
    """Chow's threshold, which needs calibrated probabilities, beside the cheapest one on validation, which needs labels."""

    chow: Priced
    cheapest: Priced

    @property
    def gap(self) -> float:
        """What Chow's threshold costs more on test, mean per image. Luck can make it slightly negative."""
        return self.chow.test_cost - self.cheapest.test_cost


@dataclass(frozen=True)
class CostComparison:
    """Both thresholds before and after temperature scaling.

    Attributes:
        temperature: fitted on validation.
        before, after: without and with it.
        answer_all, refuse_all: what it costs on test to answer or to refuse everything, mean per image.
        can_refuse: whether Chow's rule can refuse anything: the largest uncertainty, 1 - 1/num_classes, is over its threshold.
    """

    temperature: float
    before: Costs
    after: Costs
    answer_all: float
    refuse_all: float
    can_refuse: bool


@dataclass(frozen=True, eq=False)
class Confidences:
    """What every price is asked of: least confidence on both splits before and after temperature scaling, and who is right.

    Attributes:
        temperature: fitted on validation.
        num_classes: of the network.
        validation_correct, test_correct: (num_validation,) and (num_test,) bool.
        before, after: each (num_validation,) and (num_test,), least confidence of validation and of test.
    """

    temperature: float
    num_classes: int
    validation_correct: NDArray[np.bool_]
    test_correct: NDArray[np.bool_]
    before: tuple[Scores, Scores]
    after: tuple[Scores, Scores]


def confidences(validation: Predictions, test: Predictions) -> Confidences:
    """Least confidence on both splits before and after temperature scaling.

    Args:
        validation: at least one sample; the temperature is fitted on them.
        test: at least one sample.

    Source:
        Guo et al. 2017, https://arxiv.org/abs/1706.04599

    Example:
        >>> predictions = Predictions(np.log([[0.99, 0.01]] * 4), np.array([0, 0, 0, 1]), ("a", "b"))
        >>> found = confidences(predictions, predictions)
        >>> found.before[1].round(2).tolist(), found.after[1].round(2).tolist()
        ([0.01, 0.01, 0.01, 0.01], [0.25, 0.25, 0.25, 0.25])
    """
    temperature = fit_temperature(validation.logits, validation.labels)
    before, after = (
        tuple(least_confidence(scaled_probs(split.logits, scaled_by)) for split in (validation, test))
        for scaled_by in (1.0, temperature)
    )
    return Confidences(
        temperature,
        validation.num_classes,
        validation.correct,
        test.correct,
        (before[0], before[1]),
        (after[0], after[1]),
    )


def cost_comparison(
    validation: Predictions, test: Predictions, error_cost: float, reject_cost: float
) -> CostComparison:
    """What a price of errors and refusals makes of a network, by both thresholds, before and after temperature scaling.

    For many prices of one network, `confidences` and `compared_costs` compute the probabilities only once.

    Args:
        validation: at least one sample; temperature and cheapest threshold are fitted on them.
        test: at least one sample; costs are reported on them.
        error_cost: of an answer that is wrong, above 0. "A wrong answer costs as much as N refusals" is N, 1.
        reject_cost: of a refusal, at least 0.

    Raises:
        ValueError: a cost is out of range, or a split is empty.

    Source:
        Chow 1970, https://doi.org/10.1109/TIT.1970.1054406; Guo et al. 2017, https://arxiv.org/abs/1706.04599

    Example:
        >>> logits = np.log([[0.99, 0.01]] * 4)  # says 99 %, and three of four are right
        >>> predictions = Predictions(logits, np.array([0, 0, 0, 1]), ("a", "b"))
        >>> costs = cost_comparison(predictions, predictions, error_cost=10, reject_cost=1)
        >>> costs.before.chow.test_cost, costs.after.chow.test_cost, round(costs.before.gap, 3), costs.after.gap
        (2.5, 1.0, 1.5, 0.0)
    """
    return compared_costs(confidences(validation, test), error_cost, reject_cost)


def compared_costs(found: Confidences, error_cost: float, reject_cost: float) -> CostComparison:
    """`cost_comparison` from confidences that were computed before; errors and source as there.

    Args:
        found: of both splits.
        error_cost: of an answer that is wrong, above 0.
        reject_cost: of a refusal, at least 0.

    Example:
        >>> predictions = Predictions(np.log([[0.99, 0.01]] * 4), np.array([0, 0, 0, 1]), ("a", "b"))
        >>> compared_costs(confidences(predictions, predictions), error_cost=10, reject_cost=1).answer_all
        2.5
    """
    chow = chow_threshold(error_cost, reject_cost)

    def priced(threshold: float, validation_scores: Scores, test_scores: Scores) -> Priced:
        return Priced(
            threshold,
            expected_cost(validation_scores, found.validation_correct, threshold, error_cost, reject_cost),
            expected_cost(test_scores, found.test_correct, threshold, error_cost, reject_cost),
            float((test_scores <= threshold).mean()),
        )

    def costs(scores: tuple[Scores, Scores]) -> Costs:
        cheapest = cheapest_threshold(scores[0], found.validation_correct, error_cost, reject_cost)
        return Costs(priced(chow, *scores), priced(cheapest, *scores))

    return CostComparison(
        temperature=found.temperature,
        before=costs(found.before),
        after=costs(found.after),
        answer_all=error_cost * float((~found.test_correct).mean()),
        refuse_all=float(reject_cost),
        can_refuse=chow < 1 - 1 / found.num_classes,
    )


def scaled_probs(logits: NDArray[np.floating], temperature: float) -> Array:
    """softmax(logits / temperature), also for the two temperatures that are limits.

    Args:
        logits: (num_samples, num_classes).
        temperature: at least 0. 0 gives all probability to the largest logit, shared among equals; infinity shares it
            among all classes.

    Returns:
        (num_samples, num_classes), in [0, 1].

    Raises:
        ValueError: the temperature is negative or NaN.

    Source:
        Guo et al. 2017, https://arxiv.org/abs/1706.04599

    Example:
        >>> [scaled_probs(np.array([[3.0, 1, 1]]), temperature).round(2).tolist() for temperature in (0, 1, np.inf)]
        [[[1.0, 0.0, 0.0]], [[0.79, 0.11, 0.11]], [[0.33, 0.33, 0.33]]]
    """
    if not temperature >= 0:
        raise ValueError(f"temperature must be at least 0, got {temperature}.")
    exact = np.asarray(logits, np.float64)
    # Subtracting the largest logit first keeps small temperatures from overflowing.
    below = exact - exact.max(axis=-1, keepdims=True)
    if temperature == 0:
        return softmax(np.where(below == 0, 0.0, -np.inf))
    with np.errstate(over="ignore"):
        return softmax(below / temperature)
