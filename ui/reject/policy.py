"""The chosen policy as a file: when to answer and when to refuse, to be applied in a terminal without the app."""

from math import isfinite

import streamlit as st

from core.metrics.policy import PNORM
from core.metrics.policy_file import Policy, Promise, to_json
from core.metrics.scores import FROM_LOGITS, SCORES
from core.training.runs import Run
from ui import loaded
from ui.loaded.scores import reference_of_logits

HOW_TO_APPLY = (
    "A policy, one score with one threshold, is applied in a terminal, in the folder of this app: "
    "`python -m core.metrics.policy POLICY PREDICTIONS`. PREDICTIONS is `predictions/test.npz` in the folder of a model: in "
    "`starter/runs` for those that came with the app, in `runs` for your own."
)


def policy_of(run: Run, score: str, threshold: float, chosen_by: str, promise: Promise | None = None) -> Policy:
    """The policy of one run, score and threshold.

    Args:
        run: whose network.
        score: a label of `core.metrics.scores.SCORES`.
        threshold: the largest uncertainty that is answered; minus infinity answers nothing.
        chosen_by: how the threshold was chosen, a phrase.
        promise: the guarantee that it has.
    """
    return Policy(
        run.name,
        loaded.predictions(run, "test").class_names,
        score,
        threshold if isfinite(threshold) else None,
        chosen_by,
        promise,
        reference_of_logits(run).max_logit_p if score == PNORM else None,
    )


def policy_button(policy: Policy, key: str = "policy") -> None:
    """A button that saves the policy; a sentence instead if the policy's score cannot be computed in a terminal."""
    if not SCORES[policy.score].needs <= FROM_LOGITS:
        st.caption("No policy to download: this score needs more than the saved logits, so it works only in the app.")
        return
    st.download_button(
        "Policy (JSON)", lambda: to_json(policy), f"{policy.run}-policy.json", "application/json",
        icon=":material/rule:", key=key, on_click="ignore", help="A file for a terminal. It writes a table with an answer or a refusal per image, and prints the outcome.",
    )  # fmt: skip
