"""A network and people share the work: the network answers what it is certain of, people answer the rest, right or wrong.

What people get right is an expected value: the probability that a person is right, per image or the same for all. Nothing
is drawn at random. Larger uncertainties are less certain; shares and accuracies are fractions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.ranked import checked

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TeamCurve:
    """The team at every threshold that divides the work differently, from people alone to the network alone.

    Attributes:
        threshold: (num_points,), ascending; the first is minus infinity: people answer everything.
        people_share: (num_points,), share of the images that people must answer, descending from 1 to 0.
        accuracy: (num_points,), expected share of right answers of both together.
    """

    threshold: Array
    people_share: Array
    accuracy: Array

    @property
    def people_alone(self) -> float:
        """Expected accuracy of people on all images."""
        return float(self.accuracy[0])

    @property
    def network_alone(self) -> float:
        """Accuracy of the network on all images."""
        return float(self.accuracy[-1])

    @property
    def beats_both(self) -> NDArray[np.bool_]:
        """(num_points,), where the team is more accurate than people alone and than the network alone."""
        # A difference in the last digits is rounding.
        return np.asarray(self.accuracy > max(self.people_alone, self.network_alone) + 1e-12)


def team_curve(uncertainty: ArrayLike, correct: ArrayLike, people_right: ArrayLike) -> TeamCurve:
    """Accuracy of network and people together against the share that people must answer.

    Args:
        uncertainty: (num_samples,), of the network.
        correct: (num_samples,) bool, of the network.
        people_right: the probability that a person is right, one number or (num_samples,), in [0, 1].

    Raises:
        ValueError: there is no sample, the shapes differ, a score is NaN, or people_right is not a probability.

    Source:
        Madras, Pitassi & Zemel 2018, "Predict Responsibly", https://arxiv.org/abs/1711.06664

    Example:
        >>> curve = team_curve([0.1, 0.2, 0.3, 0.9], [True, True, True, False], people_right=0.8)
        >>> curve.people_share.tolist(), curve.accuracy.round(2).tolist()
        ([1.0, 0.75, 0.5, 0.25, 0.0], [0.8, 0.85, 0.9, 0.95, 0.75])
        >>> curve.beats_both.tolist()
        [False, True, True, True, False]
    """
    uncertainty, correct = checked(uncertainty, correct)
    people = _probabilities(people_right, len(correct))
    order = np.argsort(uncertainty)
    ranked = uncertainty[order]
    last_of_tie = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)
    num_answered = np.append(0, last_of_tie + 1)
    network_right = np.append(0, np.cumsum(correct[order]))[num_answered]
    # The sum over those that are left to people, so that nothing is subtracted that would leave rounding errors.
    left = np.append(np.cumsum(people[order][::-1])[::-1], 0)[num_answered]
    return TeamCurve(
        threshold=np.append(-np.inf, ranked[last_of_tie]),
        people_share=1 - num_answered / len(correct),
        accuracy=(network_right + left) / len(correct),
    )


@dataclass(frozen=True)
class Division:
    """One division of labour on one split.

    Attributes:
        threshold: the network answers what is at most as uncertain; minus infinity leaves everything to people.
        people_share: share of the images that people must answer.
        accuracy: expected share of right answers of both together.
        network_accuracy, people_accuracy: of what each of them answers; NaN where that is nothing.
        cost: mean per image.
    """

    threshold: float
    people_share: float
    accuracy: float
    network_accuracy: float
    people_accuracy: float
    cost: float


def division(
    uncertainty: ArrayLike,
    correct: ArrayLike,
    people_right: ArrayLike,
    threshold: float,
    error_price: float,
    person_price: float,
) -> Division:
    """What a threshold does on a split, and what it costs.

    Args:
        uncertainty: (num_samples,), of the network.
        correct: (num_samples,) bool, of the network.
        people_right: the probability that a person is right, one number or (num_samples,).
        threshold: the largest uncertainty that the network answers.
        error_price: of a wrong answer, whoever gives it, at least 0.
        person_price: of an answer by a person, right or wrong, at least 0.

    Raises:
        ValueError: as `team_curve`, or the threshold is NaN, or a price is negative.

    Source:
        Madras, Pitassi & Zemel 2018, https://arxiv.org/abs/1711.06664

    Example:
        >>> found = division([0.1, 0.2, 0.3, 0.9], [True, True, True, False], 0.8, 0.3, error_price=10, person_price=1)
        >>> found.people_share, round(found.accuracy, 2), found.network_accuracy, found.people_accuracy, round(found.cost, 2)
        (0.25, 0.95, 1.0, 0.8, 0.75)
    """
    uncertainty, correct = checked(uncertainty, correct)
    people = _probabilities(people_right, len(correct))
    _check_prices(error_price, person_price)
    if np.isnan(threshold):
        raise ValueError("threshold must be a number, got NaN.")
    answered = uncertainty <= threshold
    accuracy, people_share = float(np.where(answered, correct, people).mean()), float((~answered).mean())
    return Division(
        threshold=float(threshold),
        people_share=people_share,
        accuracy=accuracy,
        network_accuracy=float(correct[answered].mean()) if answered.any() else float("nan"),
        people_accuracy=float(people[~answered].mean()) if not answered.all() else float("nan"),
        cost=error_price * (1 - accuracy) + person_price * people_share,
    )


def cheapest_division(
    uncertainty: ArrayLike, correct: ArrayLike, people_right: ArrayLike, error_price: float, person_price: float
) -> Division:
    """The division of labour with the lowest cost on a split; of equally cheap ones that with least work for people.

    Chosen on validation; what it does on test is `division` at the same threshold.

    Args:
        uncertainty: (num_samples,), of the network.
        correct: (num_samples,) bool, of the network.
        people_right: the probability that a person is right, one number or (num_samples,).
        error_price: of a wrong answer, whoever gives it, at least 0.
        person_price: of an answer by a person, right or wrong, at least 0.

    Raises:
        ValueError: as `team_curve`, or a price is negative.

    Source:
        Madras, Pitassi & Zemel 2018, https://arxiv.org/abs/1711.06664

    Example:
        >>> uncertainty, correct = [0.1, 0.2, 0.3, 0.9], [True, True, True, False]
        >>> [cheapest_division(uncertainty, correct, 0.8, error_price, 1).threshold for error_price in (10, 1)]
        [0.3, 0.9]
    """
    _check_prices(error_price, person_price)
    curve = team_curve(uncertainty, correct, people_right)
    cost = error_price * (1 - curve.accuracy) + person_price * curve.people_share
    # Costs that differ by rounding only are equal.
    last = np.flatnonzero(cost <= cost.min() + 1e-12 * (error_price + person_price))[-1]
    return division(uncertainty, correct, people_right, float(curve.threshold[last]), error_price, person_price)


def _probabilities(people_right: ArrayLike, num_samples: int) -> Array:
    """(num_samples,), checked."""
    people = np.asarray(people_right, dtype=np.float64)
    if people.shape not in ((), (num_samples,)):
        raise ValueError(
            f"people_right must be one number or have shape ({num_samples},), one per image, got {people.shape}."
        )
    if not ((people >= 0) & (people <= 1)).all():
        raise ValueError("people_right must hold probabilities in [0, 1].")
    return np.broadcast_to(people, (num_samples,))


def _check_prices(error_price: float, person_price: float) -> None:
    if not (error_price >= 0 and person_price >= 0):
        raise ValueError(f"Prices must be at least 0, got {error_price} per error and {person_price} per person.")
