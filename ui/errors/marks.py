"""What people said of each test image, in a few words for its card."""

import numpy as np
from numpy.typing import NDArray

from core.training.runs import Run
from ui.loaded.people import reviews, votes


def notes(run: Run, class_names: tuple[str, ...], samples: NDArray[np.integer]) -> list[str]:
    """Of each sample what people said: whether they doubt its label, and how they voted; mostly empty."""
    reviewed, voted = reviews(run) or {}, votes(run)
    found = []
    for sample in samples.tolist():
        parts = []
        if (review := reviewed.get(sample)) is not None:
            kept = "confirmed" if review.num_given == review.num_votes else "doubted"
            verdict = "label wrong" if review.is_error else f"label {kept}"
            parts.append(
                f"{verdict}: {review.num_given} of {review.num_votes} reviewers chose only {class_names[review.given]}"
            )
        if voted is not None:
            top = [k for k in np.argsort(-voted[sample], kind="stable")[:3] if voted[sample, k]]
            parts.append("people: " + ", ".join(f"{voted[sample, k]} {class_names[k]}" for k in top))
        found.append(" · ".join(parts))
    return found
