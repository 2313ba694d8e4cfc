"""What a deep ensemble gains over its members: accuracy, calibration, refusing errors and telling other images apart.

The uncertainty is least confidence; of the ensemble also the mutual information, which a single network does not have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from core.metrics.calibration import expected_calibration_error
from core.metrics.detection import auroc
from core.metrics.ensemble import Ensemble, ensemble
from core.metrics.predictions import Predictions
from core.metrics.selective import AccuracyCoverageCurve, accuracy_coverage_curve, aurc
from core.metrics.uncertainty import least_confidence

UNEQUAL = (
    "elsewhere must have one array of logits per member, all of the same shape (num_samples, num_classes), got {}; "
    "leave it empty without such images."
)


@dataclass(frozen=True)
class Figures:
    """What is known of one network, or of an ensemble; fractions.

    Attributes:
        accuracy: share of right answers, higher is better.
        ece: expected calibration error, lower is better.
        aurc: area under the risk-coverage curve, lower is better.
        ood_auroc: how well the uncertainty tells out-of-distribution images from test images; NaN if there are none.
    """

    accuracy: float
    ece: float
    aurc: float
    ood_auroc: float = nan


@dataclass(frozen=True, eq=False)
class EnsembleGain:
    """An ensemble beside its members.

    Attributes:
        members: one per member, in their order.
        ensemble: by least confidence.
        by_mutual_information: the same answers, but AURC and OOD AUROC by mutual information.
        member_curves: accuracy against coverage of each member.
        curve, curve_by_mutual_information: of the ensemble.
    """

    members: tuple[Figures, ...]
    ensemble: Figures
    by_mutual_information: Figures
    member_curves: tuple[AccuracyCoverageCurve, ...]
    curve: AccuracyCoverageCurve
    curve_by_mutual_information: AccuracyCoverageCurve


def ensemble_gain(members: Sequence[Predictions], elsewhere: Sequence[NDArray[np.floating]] = ()) -> EnsembleGain:
    """The ensemble of networks beside each of them.

    Args:
        members: at least two, of the same test images in the same order.
        elsewhere: (num_samples, num_classes) per member, logits for the same out-of-distribution images; empty if there are
            none.

    Raises:
        ValueError: what `ensemble` raises, or elsewhere does not have equal shapes, one per member.

    Source:
        Lakshminarayanan, Pritzel & Blundell 2017, https://arxiv.org/abs/1612.01474

    Example:
        >>> labels, names = np.array([0, 0, 1]), ("cat", "dog")
        >>> first = Predictions(np.log([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]]), labels, names)
        >>> second = Predictions(np.log([[0.4, 0.6], [0.9, 0.1], [0.2, 0.8]]), labels, names)
        >>> found = ensemble_gain([first, second])
        >>> [round(member.accuracy, 2) for member in found.members], found.ensemble.accuracy
        ([0.67, 0.67], 1.0)
    """
    together = ensemble(members)
    foreign = _foreign(members, elsewhere) if len(elsewhere) else None
    separate = foreign[0] if foreign else [None] * len(members)
    other = foreign[1] if foreign else None
    single = [
        _figures(member, least_confidence(member.probs), None if logits is None else least_confidence(logits.probs))
        for member, logits in zip(members, separate, strict=True)
    ]
    confidence = least_confidence(together.predictions.probs)
    information = together.over_members.mutual_information
    whole, curve = _figures(
        together.predictions, confidence, None if other is None else least_confidence(other.predictions.probs)
    )
    by_information, information_curve = _figures(
        together.predictions, information, None if other is None else other.over_members.mutual_information
    )
    return EnsembleGain(
        tuple(figures for figures, _ in single),
        whole,
        by_information,
        tuple(member_curve for _, member_curve in single),
        curve,
        information_curve,
    )


def _foreign(
    members: Sequence[Predictions], elsewhere: Sequence[NDArray[np.floating]]
) -> tuple[list[Predictions], Ensemble]:
    """The members' answers to out-of-distribution images, whose true class is none: 0 stands in its place."""
    shapes = [np.shape(logits) for logits in elsewhere]
    if len(shapes) != len(members) or len(set(shapes)) > 1 or not all(shapes[0]):
        raise ValueError(UNEQUAL.format(", ".join(map(str, shapes))))
    labels = np.zeros(shapes[0][0], int)
    answers = [
        Predictions(logits, labels, member.class_names) for logits, member in zip(elsewhere, members, strict=True)
    ]
    return answers, ensemble(answers)


def _figures(
    test: Predictions, uncertainty: NDArray[np.floating], other: NDArray[np.floating] | None
) -> tuple[Figures, AccuracyCoverageCurve]:
    found = Figures(
        test.accuracy,
        expected_calibration_error(test.probs, test.labels),
        aurc(uncertainty, test.correct),
        nan if other is None else auroc(uncertainty, other),
    )
    return found, accuracy_coverage_curve(uncertainty, test.correct)
