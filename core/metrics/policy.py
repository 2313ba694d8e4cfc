"""Apply a chosen policy, when to answer and when to refuse, without the app.

    python -m core.metrics.policy POLICY PREDICTIONS [--table TABLE]

applies the policy to the logits in PREDICTIONS (an .npz file as in a run's folder `predictions`), writes one line per sample into
TABLE (by default answers.csv) and prints the outcome. Only scores of logits can be applied so.
"""

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from zipfile import is_zipfile

import numpy as np
from numpy.typing import NDArray

from core.metrics.evidence import Evidence, Reference
from core.metrics.logit_norm import max_logit_pnorm
from core.metrics.policy_file import Policy as Policy
from core.metrics.policy_file import Promise as Promise
from core.metrics.policy_file import from_json as from_json
from core.metrics.policy_file import to_json as to_json
from core.metrics.predictions import Answers, Predictions
from core.metrics.rejection import reject_outcome
from core.metrics.scores import FROM_LOGITS, SCORES, labels_from

PNORM = "MaxLogit-pNorm"  # the only score of logits with a setting of its own
REFUSED = "don't know"


def uncertainty(policy: Policy, answers: Answers | Predictions) -> NDArray[np.float64]:
    """The policy's score of each sample.

    Args:
        policy: its score must be one of logits.
        answers: of num_samples samples.

    Returns:
        (num_samples,), larger is less certain.

    Raises:
        ValueError: the score needs more than logits, or the classes are not those of the policy.

    Example:
        >>> policy = Policy("my-run", ("cat", "dog"), "Max logit", -2.0, "by hand")
        >>> uncertainty(policy, Answers(np.array([[3.0, 1], [0, 1]]), ("cat", "dog"))).tolist()
        [-3.0, -1.0]
    """
    if not SCORES[policy.score].needs <= FROM_LOGITS:
        raise ValueError(
            f'The score "{policy.score}" needs more than logits, so it works only in the app; scores of logits are '
            f"{', '.join(labels_from(FROM_LOGITS))}."
        )
    if answers.class_names != policy.class_names:
        raise ValueError(
            f"The policy is for a network with the classes {', '.join(policy.class_names)}, but these predictions are for "
            f"{', '.join(answers.class_names)}."
        )
    if policy.score == PNORM:
        return max_logit_pnorm(answers.logits, policy.max_logit_p)
    # Without p no score of logits looks at the reference.
    nothing = Reference(Predictions(answers.logits[:0], np.zeros(0, np.intp), answers.class_names))
    return np.asarray(SCORES[policy.score].values(Evidence(answers.logits), nothing), np.float64)


def write_table(policy: Policy, answers: Answers | Predictions, path: Path) -> None:
    """One line per sample: its number from 0, the answer, the most likely class, the uncertainty, and the label if known.

    Raises:
        ValueError: as `uncertainty`.

    Example:
        >>> import tempfile
        >>> policy = Policy("my-run", ("cat", "dog"), "Max logit", -2.0, "by hand")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "answers.csv"
        ...     write_table(policy, Answers(np.array([[3.0, 1], [0, 1]]), ("cat", "dog")), path)
        ...     print(path.read_text(encoding="utf-8"), end="")
        sample,answer,most_likely,uncertainty
        0,cat,cat,-3.0
        1,don't know,dog,-1.0
    """
    scores = uncertainty(policy, answers)
    accepted = _accepted(policy, scores)
    names, labels = answers.class_names, answers.labels if isinstance(answers, Predictions) else None
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["sample", "answer", "most_likely", "uncertainty", *(["label"] if labels is not None else [])])
        for number, (class_index, score, accept) in enumerate(
            zip(answers.predicted.tolist(), scores.tolist(), accepted.tolist(), strict=True)
        ):
            label = [] if labels is None else [names[labels[number]]]
            table.writerow([number, names[class_index] if accept else REFUSED, names[class_index], score, *label])


def outcome(policy: Policy, answers: Answers | Predictions) -> str:
    """What the policy does to these samples, in a few sentences.

    Raises:
        ValueError: as `uncertainty`, or there is no sample.

    Example:
        >>> policy = Policy("my-run", ("cat", "dog"), "Max logit", -2.0, "by hand")
        >>> print(outcome(policy, Predictions(np.array([[3.0, 1], [0, 1]]), np.array([0, 0]), ("cat", "dog"))))
        Policy: answer if Max logit is at most -2 (run my-run, by hand).
        Answered: 1 of 2 samples (50.00 %).
        Right: 1 of the 1 answered (100.00 %), 1 wrong answer refused.
    """
    scores = uncertainty(policy, answers)
    if not len(scores):
        raise ValueError("The predictions hold no sample, so there is nothing to decide.")
    accepted = _accepted(policy, scores)
    number = int(accepted.sum())
    rule = (
        "answer nothing" if policy.threshold is None else f"answer if {policy.score} is at most {policy.threshold:.6g}"
    )
    lines = [
        f"Policy: {rule} (run {policy.run}, {policy.chosen_by}).",
        f"Answered: {number:,} of {len(scores):,} samples ({number / len(scores):.2%}).".replace("%", " %"),
    ]
    if isinstance(answers, Predictions):
        found = reject_outcome(scores, answers.correct, -np.inf if policy.threshold is None else policy.threshold)
        right, caught = number - found.errors_left, found.errors_caught
        share = f" ({right / number:.2%})".replace("%", " %") if number else ""
        lines.append(
            f"Right: {right:,} of the {number:,} answered{share}, {caught:,} wrong "
            f"{'answer' if caught == 1 else 'answers'} refused."
        )
    if policy.promise is not None:
        promise = policy.promise
        lines.append(
            f"Promise: at most {100 * promise.risk:g} % of the answers are wrong, with probability {1 - promise.delta:g} "
            f"({promise.procedure}, {promise.num_samples:,} calibration samples)."
        )
    return "\n".join(lines)


def load_answers(path: Path) -> Answers | Predictions:
    """The predictions in a file; without labels they can be answered but not checked.

    Raises:
        ValueError: there is no such file, it is not an .npz file with logits and class_names, or they do not fit together.

    Example:
        >>> load_answers(Path("nowhere.npz"))
        Traceback (most recent call last):
        ...
        ValueError: There is no file nowhere.npz.
    """
    if not path.is_file():
        raise ValueError(f"There is no file {path}.")
    wanted = ("logits", "class_names")
    if not is_zipfile(path):
        raise ValueError(f"{path} must be an .npz file with the arrays {' and '.join(wanted)}; it is none.")
    with np.load(path, allow_pickle=False) as stored:
        missing = [name for name in wanted if name not in stored]
        if missing:
            raise ValueError(
                f"{path} must be an .npz file with the arrays {' and '.join(wanted)}; missing: {missing[0]}."
            )
        logits, names = stored["logits"], tuple(np.atleast_1d(stored["class_names"]).tolist())
        return Predictions(logits, stored["labels"], names) if "labels" in stored else Answers(logits, names)


def main(arguments: Sequence[str] | None = None) -> int:
    """Apply a policy from a terminal; 0 if it worked, 2 if not.

    Example:
        >>> main(["nowhere.json", "nowhere.npz"])  # and to standard error: There is no file nowhere.json.
        2
    """
    parser = argparse.ArgumentParser(prog="python -m core.metrics.policy", description="Apply a policy to predictions.")
    parser.add_argument("policy", type=Path, help="a JSON file")
    parser.add_argument("predictions", type=Path, help="an .npz file with logits, class_names and perhaps labels")
    parser.add_argument("--table", type=Path, default=Path("answers.csv"), help="where to write one line per sample")
    given = parser.parse_args(arguments)
    try:
        if not given.policy.is_file():
            raise ValueError(f"There is no file {given.policy}.")
        policy, answers = from_json(given.policy.read_text(encoding="utf-8")), load_answers(given.predictions)
        sentences = outcome(policy, answers)
        write_table(policy, answers, given.table)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{sentences}\nTable: {given.table}")
    return 0


def _accepted(policy: Policy, scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(num_samples,)."""
    return scores <= (-np.inf if policy.threshold is None else policy.threshold)


if __name__ == "__main__":
    sys.exit(main())
