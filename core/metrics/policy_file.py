"""A chosen policy, when to answer and when to refuse, and its form as a JSON file. `core.metrics.policy` applies it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from core.metrics.scores import SCORES


@dataclass(frozen=True)
class Promise:
    """With what guarantee a threshold was chosen.

    Attributes:
        procedure: for example "fixed-sequence testing".
        risk: at most this share of what is answered is wrong, a fraction,
        delta: but with this probability, over the calibration sample.
        bound: on the risk, from the calibration sample; at most risk.
        coverage: share of the calibration sample that is answered.
        num_samples: of the calibration sample.
    """

    procedure: str
    risk: float
    delta: float
    bound: float
    coverage: float
    num_samples: int


@dataclass(frozen=True)
class Policy:
    """One score and one threshold, and how they were chosen.

    Attributes:
        run: name of the run whose network the policy is for.
        class_names: of that network.
        score: a label of `core.metrics.scores.SCORES`.
        threshold: the largest uncertainty that is answered; None answers nothing.
        chosen_by: how the threshold was chosen, a phrase, for example "95 % accuracy on validation".
        promise: the guarantee, or None.
        max_logit_p: the p of MaxLogit-pNorm; None for any other score, and where it stands for least confidence.

    Raises:
        ValueError: the score is unknown, or the threshold is not finite.
    """

    run: str
    class_names: tuple[str, ...]
    score: str
    threshold: float | None
    chosen_by: str
    promise: Promise | None = None
    max_logit_p: int | None = None

    def __post_init__(self) -> None:
        if self.score not in SCORES:
            raise ValueError(f'The score "{self.score}" is unknown; known are {", ".join(SCORES)}.')
        if self.threshold is not None and not isfinite(self.threshold):
            raise ValueError(f"threshold must be a finite number, got {self.threshold}. Give None to answer nothing.")


def to_json(policy: Policy) -> str:
    """The policy as text, to be saved in a file.

    Example:
        >>> policy = Policy("my-run", ("cat", "dog"), "Entropy", 0.25, "90 % coverage on validation")
        >>> from_json(to_json(policy)) == policy
        True
    """
    return json.dumps(asdict(policy), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def from_json(text: str) -> Policy:
    """The policy that `to_json` wrote.

    Raises:
        ValueError: the text is not JSON, or something in it is missing, unknown or of the wrong kind.

    Example:
        >>> from_json("[]")
        Traceback (most recent call last):
        ...
        ValueError: A policy must be a JSON object with the keys run, class_names, score, threshold, chosen_by; got a list.
    """
    try:
        read = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"A policy must be JSON, but line {error.lineno} cannot be read: {error.msg}.") from None
    required = ("run", "class_names", "score", "threshold", "chosen_by")
    if not isinstance(read, dict):
        raise ValueError(
            f"A policy must be a JSON object with the keys {', '.join(required)}; got a {type(read).__name__}."
        )
    _check_keys("A policy", read, required, ("promise", "max_logit_p"))
    number, text_of = (int, float), "a text"
    _check_kind(read, "run", str, text_of)
    _check_kind(read, "score", str, text_of)
    _check_kind(read, "chosen_by", str, text_of)
    _check_kind(read, "threshold", (*number, type(None)), "a number or null")
    _check_kind(read, "max_logit_p", (int, type(None)), "a whole number or null")
    if not isinstance(read["class_names"], list) or not all(isinstance(name, str) for name in read["class_names"]):
        raise ValueError("class_names of a policy must be a list of texts.")
    promise = read.get("promise")
    if promise is not None:
        _check_kind(read, "promise", dict, "an object or null")
        fields = tuple(Promise.__dataclass_fields__)
        _check_keys("A promise", promise, fields, ())
        _check_kind(promise, "procedure", str, text_of)
        for field in fields[1:]:
            _check_kind(promise, field, number, "a number")
    return Policy(
        **{**read, "class_names": tuple(read["class_names"]), "promise": Promise(**promise) if promise else None}
    )


def _check_keys(what: str, read: dict[str, Any], required: Sequence[str], optional: Sequence[str]) -> None:
    missing = [key for key in required if key not in read]
    if missing:
        raise ValueError(f"{what} must have the keys {', '.join(required)}; missing: {', '.join(missing)}.")
    unknown = [key for key in read if key not in {*required, *optional}]
    if unknown:
        raise ValueError(
            f"{what} must have no other keys than {', '.join((*required, *optional))}; got {', '.join(unknown)}."
        )


def _check_kind(read: dict[str, Any], key: str, kind: type | tuple[type, ...], words: str) -> None:
    value = read.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{key} of a policy must be {words}, got {json.dumps(value)}.")
