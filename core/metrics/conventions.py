"""The same predictions under the conventions of other papers and libraries, so that a reader can match a number found there.

Ours are in `core.metrics.selective`, `detection`, `calibration` and `uncertainty`. Larger uncertainties are less certain.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.calibration import brier_score, expected_calibration_error
from core.metrics.detection import fpr_at_tpr
from core.metrics.predictions import Predictions
from core.metrics.ranked import checked
from core.metrics.selective import augrc, aurc, excess_aurc
from core.metrics.uncertainty import normalized_entropy

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Convention:
    """One row of the table.

    Attributes:
        measure: its name.
        convention: what is done.
        value: by this convention; NaN where it is not defined.
        used_by: who uses it.
        is_ours: whether it is the convention of this app.
    """

    measure: str
    convention: str
    value: float
    used_by: str
    is_ours: bool = False


def conventions(predictions: Predictions, uncertainty: ArrayLike) -> tuple[Convention, ...]:
    """Measures of one score and of the probabilities, each under ours and under other conventions.

    Args:
        predictions: at least one sample.
        uncertainty: (num_samples,), of the chosen score.

    Returns:
        Rows grouped by measure, ours first in each group.

    Raises:
        ValueError: there is no sample, the shapes differ, or a score is NaN.

    Example:
        >>> predictions = Predictions(np.log([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3]]), np.array([0, 1, 0]), ("a", "b"))
        >>> for row in conventions(predictions, [0.1, 0.4, 0.3])[:2]:
        ...     print(row.measure, "|", row.convention, "|", round(row.value, 3))
        AURC | mean risk of the k most certain, k = 1 to n; inside a tie its expected value | 0.111
        AURC | the same, times 1,000 | 111.111
    """
    scores, correct = checked(uncertainty, predictions.correct)
    num_samples, num_classes = predictions.logits.shape
    errors = np.cumsum(~correct[np.argsort(scores, kind="stable")])
    coverage = np.arange(1, num_samples + 1) / num_samples
    error_rate = 1 - predictions.accuracy
    area, excess, generalised = aurc(scores, correct), excess_aurc(scores, correct), augrc(scores, correct)
    right, wrong = scores[correct], scores[~correct]
    both = len(right) > 0 and len(wrong) > 0
    single = single_precision(predictions.logits)
    entropy = float(normalized_entropy(predictions.probs).mean())
    brier = brier_score(predictions.probs, predictions.labels)
    torch, shifts, ours = "torch-uncertainty", "fd-shifts", "this app"
    return (
        Convention("AURC", "mean risk of the k most certain, k = 1 to n; inside a tie its expected value", area, ours, True),
        Convention("AURC", "the same, times 1,000", 1000 * area, "tables in papers"),
        Convention(
            "AURC", "ties in the order of the rows", float((errors / num_samples / coverage).mean()),
            "code that sorts and adds up",
        ),
        Convention(
            "AURC", "ties in the order of the rows, trapezoids from coverage 1/n to 1, rescaled to a width of 1",
            rescaled_area(errors / num_samples / coverage), torch,
        ),
        Convention(
            "AURC", "trapezoids between distinct scores, times 1,000", shifted_area(scores, correct), shifts,
        ),
        Convention("E-AURC", "AURC minus the exact optimum for n samples", excess, ours, True),
        Convention(
            "E-AURC", "AURC minus the optimum for infinitely many, r + (1 − r) ln(1 − r)",
            area - limit_of_optimum(error_rate), "Geifman, Uziel & El-Yaniv 2019",
        ),
        Convention(
            "E-AURC", "the same with the AURC of fd-shifts, times 1,000",
            shifted_area(scores, correct) - 1000 * limit_of_optimum(error_rate), shifts,
        ),
        Convention("AUGRC", "trapezoids between distinct scores from coverage 0", generalised, ours, True),
        Convention("AUGRC", "the same, times 1,000", 1000 * generalised, "Traub et al. 2024"),
        Convention(
            "AUGRC", "ties in the order of the rows, from coverage 1/n to 1, rescaled to a width of 1",
            rescaled_area(errors / num_samples), torch,
        ),
        Convention(
            "FPR95 of telling errors apart", "errors are positive: share of right answers flagged where 95 % of the errors are",
            fpr_at_tpr(right, wrong) if both else float("nan"), ours, True,
        ),
        Convention(
            "FPR95 of telling errors apart", "right answers are positive: share of errors passed where 95 % of the right are",
            fpr_at_tpr(-wrong, -right) if both else float("nan"), "fd-shifts, from 94.95 % on",
        ),
        Convention(
            "ECE", "15 bins (lower, upper], probabilities in float64",
            expected_calibration_error(predictions.probs, predictions.labels), ours, True,
        ),
        Convention(
            "ECE", "15 bins [lower, upper) in float32, which drop a confidence of exactly 1",
            dropping_error(single, predictions.labels), "code that compares with >= and <",
        ),
        Convention(
            "ECE", "10 bins (lower, upper], probabilities in float64",
            expected_calibration_error(predictions.probs, predictions.labels, 10), "netcal, by default",
        ),
        Convention("Mean entropy", "divided by ln(number of classes)", entropy, ours, True),
        Convention("Mean entropy", "in nats, not divided", entropy * float(np.log(num_classes)), "torch-uncertainty, most papers"),
        Convention(
            "Mean entropy", "divided by ln(number of rows)",
            entropy * float(np.log(num_classes) / np.log(num_samples)) if num_samples > 1 else float("nan"),
            "“MNISTを題材にしてモデル予測の不確実性を推定する”",
        ),
        Convention("Brier score", "sum over the classes, 0 to 2", brier, ours, True),
        Convention("Brier score", "half of it, 0 to 1", brier / 2, "scikit-learn for two classes, or with scale_by_half=True"),
        Convention("Brier score", "mean over the classes", brier / num_classes, "mean squared error of one-hot labels"),
    )  # fmt: skip


def rescaled_area(risks: Array) -> float:
    """The area under risks at the coverages 1/n, 2/n, ..., 1 by trapezoids, divided by the width 1 - 1/n.

    Args:
        risks: (num_samples,).

    Returns:
        NaN for fewer than two samples.

    Source:
        torch-uncertainty 0.13, `AURC` and `AUGRC`, https://github.com/torch-uncertainty/torch-uncertainty

    Example:
        >>> rescaled_area(np.array([0.0, 0.5, 1.0]))
        0.5
    """
    return float((risks[1:] + risks[:-1]).mean() / 2) if len(risks) > 1 else float("nan")


def shifted_area(uncertainty: ArrayLike, correct: ArrayLike) -> float:
    """AURC as fd-shifts computes it, times 1,000.

    Samples are taken away from the least certain on, until one is left. A point of the curve is kept after the first sample
    of each distinct score is gone, so the order of the rows matters inside a tie. The points are joined by straight lines.

    Args:
        uncertainty: (num_samples,), larger is less certain.
        correct: (num_samples,) bool.

    Raises:
        ValueError: there is no sample, the shapes differ, or a score is NaN.

    Source:
        fd-shifts, `fd_shifts/analysis/metrics.py`, https://github.com/IML-DKFZ/fd-shifts; Jaeger et al. 2023,
        https://arxiv.org/abs/2211.15259

    Example:
        >>> round(shifted_area([0.1, 0.2, 0.3], [True, True, False]), 3)  # 1/3 and 0, 0 and 0: a third times (1/6 + 0)
        55.556
    """
    scores, right = checked(uncertainty, correct)
    order = np.argsort(-scores, kind="stable")
    gone, num_samples = np.arange(1, len(order)), len(order)
    left = (~right).sum() - np.cumsum(~right[order])[:-1]
    ranked = scores[order]
    kept = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1])[:-1])
    risks = np.append((~right).mean(), (left / (num_samples - gone))[kept])
    widths = np.diff(gone[kept], prepend=0) / num_samples
    area = float(((risks[1:] + risks[:-1]) / 2 * widths).sum())
    last = int(gone[kept][-1]) if len(kept) else 0
    return 1000 * (area + float(risks[-1]) * (num_samples - 1 - last) / num_samples)


def limit_of_optimum(error_rate: float) -> float:
    """The AURC of the best order of infinitely many samples, r + (1 - r) ln(1 - r).

    Source:
        Geifman, Uziel & El-Yaniv 2019, https://arxiv.org/abs/1805.08206

    Example:
        >>> round(limit_of_optimum(0.1), 5), limit_of_optimum(1.0)
        (0.00518, 1.0)
    """
    return float(error_rate + (1 - error_rate) * np.log1p(-error_rate)) if error_rate < 1 else 1.0


def single_precision(logits: NDArray[np.floating]) -> NDArray[np.float32]:
    """Softmax in float32, as most libraries compute it: many sure answers get exactly 1.

    Example:
        >>> single_precision(np.array([[20.0, 0.0]])).max().item()
        1.0
    """
    single = np.asarray(logits, dtype=np.float32)
    exponentials = np.exp(single - single.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


def dropping_error(probs: NDArray[np.floating], labels: NDArray[np.integer], num_bins: int = 15) -> float:
    """The expected calibration error over bins [lower, upper), none of which holds a confidence of exactly 1.

    Example:
        >>> dropping_error(np.array([[1.0, 0.0], [0.75, 0.25]]), np.array([1, 0]))  # the first is not counted
        0.125
    """
    confidence = probs.max(axis=1)
    counted = confidence < 1
    bins = np.minimum((confidence * num_bins).astype(np.intp), num_bins - 1)
    residual = (probs.argmax(axis=1) == labels) - confidence.astype(np.float64)
    return float(np.abs(np.bincount(bins[counted], residual[counted])).sum() / len(probs))
