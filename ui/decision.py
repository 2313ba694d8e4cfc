"""The score and the threshold of refusal, asked in the same way on all pages.

What was chosen is kept under keys that belong to no widget, because under plain pages/ a widget's value is lost when the
menu is clicked, and in the address. So one decision holds on all pages. A threshold belongs to a run and a score.
"""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.metrics.decision import Decision
from core.metrics.scores import SCORES, Need, labels_from
from core.metrics.selective import AccuracyCoverageCurve, threshold_at_accuracy, threshold_at_coverage
from core.models.sizes import WITH_DROPOUT
from core.training.runs import Run
from ui import loaded
from ui.components.live import Stops
from ui.components.offers import scores_are_here
from ui.components.plain_text import quoted
from ui.components.score_names import score_name

FIRST_SCORE = "Least confidence"
FIRST_COVERAGE = 0.97  # of the validation images, until somebody chooses a threshold
EVERYTHING = frozenset(Need)


def offered_scores(run: Run, supply: Collection[Need] = EVERYTHING) -> tuple[str, ...]:
    """The scores that a run's network can have, from what a page can supply."""
    has_dropout = run.config.architecture in WITH_DROPOUT
    return labels_from(set(supply) - (set() if has_dropout else {Need.PASSES}))


def choose_score(
    run: Run, *, supply: Collection[Need] = EVERYTHING, first: str = FIRST_SCORE, help: str = "Higher = more uncertain."
) -> str:
    """Ask for a score: the one in the address, else the one chosen on an earlier page, else the first one.

    Args:
        run: whose network.
        supply: what the page can supply.
        first: the score until somebody chooses one.
        help: what the score is for on this page.
    """
    offered, state, wanted = offered_scores(run, supply), st.session_state, st.query_params.get("score")
    if wanted is not None and wanted not in SCORES:
        st.toast(f"There is no score named {quoted(wanted)}; showing another.", icon=":material/warning:")
        del st.query_params["score"]
    elif wanted is not None:
        state["chosen_score"] = wanted
    chosen = state.get("chosen_score")
    if chosen in offered:
        state["score"] = st.query_params["score"] = chosen
    else:
        state["score"] = first
        # The address may speak of a score that this view cannot have, and its threshold is that score's.
        if st.query_params.pop("score", None) is not None:
            st.query_params.pop("threshold", None)
    return st.selectbox(
        "Uncertainty",
        offered,
        format_func=score_name,
        key="score",
        on_change=lambda: fix_score(state["score"]),
        help=help,
        width=182,
    )


def fix_score(score: str) -> None:
    """Keep the choice of a score for all pages and in the address; for callbacks."""
    st.session_state["chosen_score"] = st.query_params["score"] = score
    # A threshold in the address is that of the score before.
    st.query_params.pop("threshold", None)


@dataclass(frozen=True)
class Threshold:
    """What a way to ask for the threshold needs.

    Attributes:
        run, score: what the threshold belongs to.
        curve: of the validation images.
        value: chosen before, or the first one.
    """

    run: str
    score: str
    curve: AccuracyCoverageCurve
    value: float

    def fix(self, value: float) -> None:
        """Keep a choice for all pages and in the address; for callbacks."""
        fix_threshold(self.run, self.score, value)


def fix_threshold(run: str, score: str, value: float) -> None:
    """Keep the threshold of a run and a score for all pages and in the address; for callbacks."""
    st.session_state[_key(run, score)] = value
    st.query_params["threshold"] = repr(float(value))


def _key(run: str, score: str) -> str:
    return f"threshold of {run} {score}"


def slider_stops(curve: AccuracyCoverageCurve) -> Stops:
    """Where the slider of the threshold can stop, from the curve of the validation images."""
    low = float(curve.threshold[0])
    return Stops(low, max(float(curve.threshold[-1]), low + 1e-6), 500)


def by_slider(asked: Threshold) -> float:
    """The threshold by value, within the range of the score on the validation images."""
    stops, state = slider_stops(asked.curve), st.session_state
    low, high = stops.low, stops.high
    value = min(max(asked.value, low), high)
    # Only another value is set: setting the same one again would undo a key or a drag that came since.
    is_there = "threshold" in state and stops.without_rounding(state["threshold"]) == value
    if not is_there:
        state["threshold"] = value
    state["slid"] = False

    def slide() -> None:
        state["slid"] = True
        asked.fix(stops.without_rounding(state["threshold"]))

    moved = st.slider(
        "Threshold", low, high, value if is_there else None, step=(high - low) / stops.num_steps, format="%.4f",
        key="threshold", on_change=slide,
        help="An image is answered when its score is at most this, and refused otherwise.",
    )  # fmt: skip
    return stops.without_rounding(moved)


def by_number(asked: Threshold) -> float:
    """The threshold as any number."""
    st.session_state["threshold"] = float(asked.value)
    number = st.number_input(
        "Threshold", format="%.4f", step=0.05, key="threshold", width=130,
        on_change=lambda: asked.fix(st.session_state["threshold"]),
        help=f"{SCORES[asked.score].meaning} On validation it lies between {asked.curve.threshold[0]:.3g} and "
        f"{asked.curve.threshold[-1]:.3g}.",
    )  # fmt: skip
    return float(number)


def by_value_coverage_or_accuracy(asked: Threshold) -> float:
    """A slider and three numbers for one threshold: its value, and its coverage and accuracy on validation."""
    with st.container(width=170):
        threshold = by_slider(asked)
    # The other numbers show where the threshold is on the validation curve; the one being changed keeps what was typed.
    curve, state = asked.curve, st.session_state
    low, high = float(curve.threshold[0]), float(curve.threshold[-1])
    state["typed"] = threshold

    # While the slider moves fast, the browser sends numbers of an earlier threshold with the slider's value. Nobody typed them.
    def fix_typed() -> None:
        if not state["slid"]:
            asked.fix(state["typed"])

    st.number_input(
        "Type a threshold", format="%.4f", step=max((high - low) / 100, 1e-4), key="typed", width=112,
        label_visibility="collapsed", on_change=fix_typed,
    )  # fmt: skip
    place = max(int(np.searchsorted(curve.threshold, threshold, side="right")) - 1, 0)
    for what, values in (("coverage", curve.coverage), ("accuracy", curve.accuracy)):
        if state.get("asked") != (what, threshold):
            state[what] = float(100 * values[place])

    def ask(what: str, found: float | None) -> None:
        if state["slid"]:
            return
        if found is None:
            st.toast("No threshold is that accurate on the validation images: ask for less.", icon=":material/block:")
        else:
            asked.fix(found)
            state["asked"] = what, found

    st.number_input(
        "Coverage asked (%)", 0.0, 100.0, step=0.1, format="%.1f", key="coverage", width=138,
        on_change=lambda: ask("coverage", threshold_at_coverage(curve, state["coverage"] / 100)),
        help="Share of the validation images that the threshold is to answer.",
    )  # fmt: skip
    worst = min(float(100 * curve.accuracy.min()), 99.0)
    st.number_input(
        "Accuracy asked (%)", worst, 100.0, step=0.01, format="%.2f", key="accuracy", width=138,
        on_change=lambda: ask("accuracy", threshold_at_accuracy(curve, state["accuracy"] / 100)),
        help="Wanted share of correct answers among the answered validation images.",
    )  # fmt: skip
    return threshold


def decide(
    run: Run, score: str, ask: Callable[[Threshold], float] = by_slider, first: float | None = None
) -> Decision | None:
    """Ask for the threshold of a score, which is chosen on the validation images.

    Args:
        run: whose images.
        score: a label of `core.metrics.scores.SCORES`.
        ask: how to ask for the threshold.
        first: the threshold until somebody chooses one; by default that of FIRST_COVERAGE on validation.

    Returns:
        None, with an offer to compute them, if the score's values on either split are not here.
    """
    if not scores_are_here(run, score):
        return None
    validation, test = loaded.scored(run, "validation", score), loaded.scored(run, "test", score)
    if first is None:
        first = threshold_at_coverage(validation.curve, FIRST_COVERAGE)
    threshold = ask(Threshold(run.name, score, validation.curve, _chosen_threshold(run.name, score, first)))
    return Decision(score, validation.uncertainty, test.uncertainty, threshold)


def _chosen_threshold(run: str, score: str, first: float) -> float:
    """The threshold in the address, else the one chosen on an earlier page, else the first one."""
    key, wanted = _key(run, score), st.query_params.get("threshold")
    if wanted is not None:
        try:
            number = float(wanted)
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            st.session_state[key] = number
        else:
            st.toast(f"{quoted(wanted)} is no number, so it cannot be the threshold.", icon=":material/warning:")
            del st.query_params["threshold"]
    chosen = st.session_state.get(key)
    if chosen is None:
        return first
    st.query_params["threshold"] = repr(float(chosen))
    return float(chosen)
