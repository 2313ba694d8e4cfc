"""Which samples to look at: filter and order a split, and compare the chosen samples with the rest.

Samples are named by their index in the split. Scores are uncertainties: larger is less certain.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.predictions import Predictions

ORDERS = ("least certain first", "most certain first", "as stored")


@dataclass(frozen=True)
class SampleFilter:
    """The conditions for a sample to be chosen; an empty condition holds for every sample."""

    above: float | None = None  # uncertainty > above, that is, refused at this threshold
    up_to: float | None = None  # uncertainty <= up_to, that is, accepted at this threshold
    correct: bool | None = None
    true_classes: tuple[int, ...] = ()
    predicted_classes: tuple[int, ...] = ()
    order: str = ORDERS[0]
    one_per_class: bool = False  # only the first of each true class, in class order


@dataclass(frozen=True)
class SelectionSummary:
    """Numbers and accuracies of the chosen samples of a split and of the others.

    Accuracies are fractions, NaN where there is no sample. A close call is a chosen sample whose two largest
    probabilities differ by less than 0.1; a tie is one whose two largest probabilities are equal in float64.
    """

    num_chosen: int
    num_correct: int
    accuracy_chosen: float
    accuracy_others: float
    close_calls: int
    ties: int


def chosen_samples(
    predictions: Predictions, uncertainty: NDArray[np.floating], wanted: SampleFilter
) -> NDArray[np.intp]:
    """The samples for which all conditions of a filter hold, in its order.

    Args:
        predictions: of num_samples samples.
        uncertainty: (num_samples,), larger is less certain; also what the samples are ordered by.
        wanted: the conditions, all of which must hold.

    Returns:
        (num_chosen,) indices. Equal scores keep the order of the split.

    Example:
        >>> predictions = Predictions(np.array([[2.0, 0], [0, 1], [0, 3]]), np.array([0, 0, 1]), ("cat", "dog"))
        >>> chosen_samples(predictions, np.array([0.2, 0.4, 0.1]), SampleFilter(above=0.15)).tolist()
        [1, 0]
        >>> chosen_samples(predictions, np.array([0.2, 0.4, 0.1]), SampleFilter(correct=False)).tolist()
        [1]
    """
    passes = np.ones(len(uncertainty), dtype=bool)
    if wanted.above is not None:
        passes &= uncertainty > wanted.above
    if wanted.up_to is not None:
        passes &= uncertainty <= wanted.up_to
    if wanted.correct is not None:
        passes &= predictions.correct == wanted.correct
    if wanted.true_classes:
        passes &= np.isin(predictions.labels, wanted.true_classes)
    if wanted.predicted_classes:
        passes &= np.isin(predictions.predicted, wanted.predicted_classes)
    chosen = np.flatnonzero(passes)
    if wanted.order != "as stored":
        sign = -1 if wanted.order == "least certain first" else 1
        chosen = chosen[np.argsort(sign * uncertainty[chosen], kind="stable")]
    if wanted.one_per_class:
        _, first = np.unique(predictions.labels[chosen], return_index=True)
        chosen = chosen[first]
    return chosen


def selection_summary(predictions: Predictions, chosen: NDArray[np.integer]) -> SelectionSummary:
    """Counts and accuracies of the chosen samples against all others of the split.

    Args:
        predictions: of num_samples samples.
        chosen: (num_chosen,) distinct indices.

    Source:
        村上・粕川, "MNIST と CIFAR10 の推論の弱点について": samples with max p < 0.5, right against wrong, those
        whose two largest probabilities differ by less than 0.1, and exact ties.

    Example:
        >>> predictions = Predictions(np.array([[2.0, 0], [0, 0.1], [0, 3]]), np.array([0, 0, 1]), ("cat", "dog"))
        >>> summary = selection_summary(predictions, np.array([0, 1]))
        >>> summary.num_correct, summary.accuracy_chosen, summary.accuracy_others, summary.close_calls
        (1, 0.5, 1.0, 1)
    """
    others = np.ones(len(predictions.labels), dtype=bool)
    others[chosen] = False
    correct = predictions.correct
    top_two = np.partition(predictions.probs[chosen], -2, axis=-1)[:, -2:]
    gap = top_two[:, 1] - top_two[:, 0]
    return SelectionSummary(
        num_chosen=len(chosen),
        num_correct=int(correct[chosen].sum()),
        accuracy_chosen=float(correct[chosen].mean()) if len(chosen) else float("nan"),
        accuracy_others=float(correct[others].mean()) if others.any() else float("nan"),
        close_calls=int((gap < 0.1).sum()),
        ties=int((gap == 0).sum()),
    )


def share_more_certain(uncertainty: NDArray[np.floating], value: float) -> float:
    """The share of a split that is more certain than a value: its percentile, as a fraction in [0, 1].

    Args:
        uncertainty: (num_samples,), of the split.
        value: the uncertainty of one sample. Ties count half, so that the median sample gets 0.5.

    Example:
        >>> share_more_certain(np.array([0.1, 0.2, 0.2, 0.4]), 0.2)
        0.5
    """
    return float((uncertainty < value).mean() + (uncertainty == value).mean() / 2)


def sample_table(
    predictions: Predictions, chosen: NDArray[np.integer], scores: Mapping[str, NDArray[np.floating]]
) -> dict[str, NDArray[Any]]:
    """The chosen samples as columns of a table.

    Args:
        predictions: of num_samples samples.
        chosen: (num_chosen,) indices.
        scores: name -> (num_samples,) uncertainty.

    Returns:
        sample, true, predicted, right, one column per score, then probability and logit of every class; each column
        (num_chosen,).

    Example:
        >>> predictions = Predictions(np.array([[2.0, 0], [0, 1]]), np.array([0, 0]), ("cat", "dog"))
        >>> table = sample_table(predictions, np.array([1]), {"Entropy": np.array([0.5, 0.8])})
        >>> [str(table[column][0]) for column in ("sample", "true", "predicted", "right", "Entropy", "logit dog")]
        ['1', 'cat', 'dog', 'False', '0.8', '1.0']
    """
    names = np.asarray(predictions.class_names)
    columns: dict[str, NDArray[Any]] = {
        "sample": chosen,
        "true": names[predictions.labels[chosen]],
        "predicted": names[predictions.predicted[chosen]],
        "right": predictions.correct[chosen],
    }
    columns |= {name: values[chosen] for name, values in scores.items()}
    for kind, values in (("probability", predictions.probs), ("logit", predictions.logits)):
        columns |= {f"{kind} {name}": values[chosen, index] for index, name in enumerate(predictions.class_names)}
    return columns
