"""View Guarantee: the largest coverage whose risk can be promised, by two procedures, and what became of it on test."""

import streamlit as st

from core.data import sources
from core.metrics.scores import SCORES
from core.training.runs import Run
from core.views import guarantee as charts
from ui import loaded, shell
from ui.components.controls import choice, percent
from ui.components.offers import scores_are_here
from ui.components.side_by_side import Number, side_by_side
from ui.decision import choose_score
from ui.loaded import promises
from ui.reject import promise, promise_story
from ui.reject.policy import HOW_TO_APPLY, policy_button, policy_of
from ui.reject.promise import Asked, Promised
from ui.reject.superclass_thresholds import BOTH

CONFIDENCES = {"95 %": 0.05, "90 %": 0.1, "99 %": 0.01, "99.9 %": 0.001}  # with delta
TITLES = {promise.SEQUENCE: "Fixed-sequence testing", promise.SGR: "SGR (bisection)"}
SHORT = {promise.SEQUENCE: "Fixed sequence", promise.SGR: "SGR"}  # in the chart


def show(run: Run) -> None:
    st.fragment(_guarantee)(run)


def _guarantee(run: Run) -> None:
    told = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        score = choose_score(run, help="The score whose threshold is promised. Higher = more uncertain.")
        with st.container(width=300):
            risk = st.slider(
                "Wanted risk (%)", 0.1, 20.0, 2.0, 0.1, "%.1f", key="risk", bind="query-params",
                help="At most this share of the answers may be wrong.",
            )  # fmt: skip
        confidence = choice(
            "Confidence", CONFIDENCES, key="confidence",
            help="Of many validation sets, at least this share leads to a threshold that keeps the promise.",
        )  # fmt: skip
    if not scores_are_here(run, score):
        return
    asked = Asked(risk / 100, CONFIDENCES[confidence])
    if loaded.predictions(run, "validation").num_samples < 2:
        st.info("A guarantee needs at least two validation images. Train with more.", icon=":material/block:")
        return
    both = promise.promised(run, score, asked)
    if all(each.outcome is None for each in both):
        told.warning(promise_story.refusal(asked, run, score), icon=":material/block:")
    else:
        told.markdown(promise_story.story(asked, *both))
    _show_both(run, score, asked, both)
    st.markdown(promise_story.on_test(run, asked, both))
    st.caption(promise_story.used(run, score))
    with st.expander("May thresholds come from the images that test them? Why does one procedure need no correction?"):
        st.markdown(promise_story.WHY)
    if sources.source(run.config.dataset).groups:
        label = "Promise the superclass, too"
        shell.page_link("Reject", label, run=run.name, superclass="true", group_way=BOTH)


def _show_both(run: Run, score: str, asked: Asked, both: tuple[Promised, Promised]) -> None:
    left, right = st.columns([1.25, 1])
    chart = charts.bound_above_risk(
        promises.risk_curve(run, score, asked.delta),
        loaded.scored(run, "test", score).curve,
        asked.risk,
        {SHORT[each.procedure]: each.found for each in both},
    )
    left.vega_lite_chart(spec=chart, alt="Bound on the risk and the risk against coverage")
    by_title = {TITLES[each.procedure]: each for each in both}

    def policy(title: str) -> None:
        each = by_title[title]
        if each.found.threshold is not None:
            chosen_by = f"{each.procedure} on validation, {asked.words}"
            key = "policy_sequence" if each.procedure == promise.SEQUENCE else "policy_sgr"
            policy_button(policy_of(run, score, each.found.threshold, chosen_by, each.promise(asked)), key)

    with right:
        side_by_side({title: _numbers(score, asked, each) for title, each in by_title.items()}, policy)
    if any(each.found.threshold is not None for each in both):
        st.caption(HOW_TO_APPLY)


def _numbers(score: str, asked: Asked, each: Promised) -> list[Number]:
    found, outcome, interval = each.found, each.outcome, each.interval
    between = f"; 95 % confidence interval {percent(interval[0])} to {percent(interval[1])}" if interval else ""
    return [
        ("Threshold", "–" if found.threshold is None else f"{found.threshold:.4f}", f"the largest uncertainty that is answered. {SCORES[score].meaning}"),
        ("Validation coverage", percent(found.coverage) if outcome else "–", f"share of the {each.num_calibration:,} validation images that tested the thresholds which is answered; more is better"),
        ("Bound", percent(found.bound), f"the true risk is at most this, with the confidence asked; {found.num_errors:,} of {found.num_accepted:,} answered validation images are wrong, {found.num_tried:,} bounds were looked at"),
        ("Test coverage", "–" if outcome is None else percent(outcome.coverage), "share of the test images that is answered; more is better"),
        ("Test risk", percent(each.risk), f"share of wrong answers among the answered test images{between}; less is better"),
        ("Promise on test", each.verdict(asked), "kept: the test risk is at most the wanted one. Within chance: it is higher, but its 95 % confidence interval contains the wanted one. Missed: the whole interval is higher"),
    ]  # fmt: skip
