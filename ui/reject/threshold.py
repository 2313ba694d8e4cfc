"""View Threshold: what one threshold answers, how well, and what it refuses."""

import math

import streamlit as st

from core.metrics.confusion import confusion_matrix
from core.metrics.decision import Decision
from core.metrics.intervals import share_interval
from core.metrics.rejection import RejectOutcome, reject_outcome
from core.metrics.samples import SampleFilter, chosen_samples
from core.metrics.scores import SCORES
from core.training.runs import Run
from core.views import curves, histograms, matrices
from core.views.palette import DONT_KNOW
from ui import loaded
from ui.components.controls import choice, metrics, percent
from ui.components.samples import open_sample, show_opened, show_samples
from ui.decision import by_value_coverage_or_accuracy, choose_score, decide, fix_threshold, offered_scores
from ui.loaded import scores as kept
from ui.reject import hierarchy, story
from ui.reject.live import CURVE, HISTOGRAM, ON_BOTH, ON_TEST, follow_threshold
from ui.reject.policy import HOW_TO_APPLY, policy_button, policy_of

ZOOM = {"80 %": 0.8, "0 %": 0.0, "50 %": 0.5, "90 %": 0.9, "95 %": 0.95}


def show(run: Run) -> None:
    decision = st.fragment(_reject)(run)
    if decision is not None:
        test = loaded.predictions(run, "test")
        refused = chosen_samples(test, decision.test, SampleFilter(above=decision.threshold))
        show_opened(run, "test", refused, decision.refused)


def _reject(run: Run) -> Decision | None:
    told = st.container(key=ON_TEST)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        score = choose_score(run, help="The score that the threshold is set on. Higher = more uncertain.")
        decision = decide(run, score, by_value_coverage_or_accuracy)
        if decision is None:
            return None
        with st.popover("More", icon=":material/tune:"):
            others = [other for other in offered_scores(run) if other != score and kept.is_here(run, other)]
            also = st.multiselect("Compare with", others, key="also", bind="query-params")
            zoom = choice(
                "Zoom: coverage from", ZOOM, key="from",
                help="Where the horizontal axis begins. It begins earlier where the coverage at the threshold is lower.",
            )  # fmt: skip
            band = st.toggle(
                "95 % confidence band",
                key="band",
                bind="query-params",
                help="How exact the test accuracy is at each threshold (Clopper–Pearson): at least 95 of 100 test sets of "
                "this size would give an interval that contains the true accuracy. It holds for one threshold at a time.",
            )
    test = loaded.predictions(run, "test")
    outcome = reject_outcome(decision.test, test.correct, decision.threshold)
    told.markdown(story.on_test(outcome))
    _show_outcome(run, decision, outcome, also, ZOOM[zoom], band)
    _show_refused(run, decision)
    hierarchy.show(run, decision)
    return decision


def _show_outcome(
    run: Run, decision: Decision, outcome: RejectOutcome, also: list[str], zoom: float, band: bool
) -> None:
    test, score = loaded.predictions(run, "test"), decision.score
    # In steps of 10 %, so that there are few charts to keep.
    least_coverage = min(zoom, math.floor(10 * outcome.coverage) / 10)
    left, right = st.columns([1.25, 1])
    with left:
        chart = curves.with_chosen(
            kept.accuracy_coverage(run, (score, *also), least_coverage),
            (outcome.coverage, outcome.accuracy_accepted) if outcome.num_accepted else None,
            least_coverage,
        )
        if band:
            chart = curves.with_band(chart, kept.band(run, score), least_coverage)

        def pick() -> None:
            if picked := st.session_state.curve.selection.get("pick"):
                fix_threshold(run.name, score, picked[0]["threshold"])

        st.vega_lite_chart(spec=chart, key="curve", on_select=pick, selection_mode=["pick"], alt=CURVE)
        st.caption(
            "The preview shows test numbers, too. Choose by the validation numbers: choosing by the test numbers would be "
            "tuning on the test set."
        )
    interval = _interval(outcome)
    between = f"95 % confidence interval {percent(interval[0])} to {percent(interval[1])}; " if interval else ""
    with right:
        meanings = {
            "Coverage": f"{outcome.num_accepted:,} of {test.num_samples:,} test images are answered",
            "Selective accuracy": f"share of correct answers among the answered test images; {between}without refusing: {percent(test.accuracy)}",
            "Images refused": f"{percent(outcome.accuracy_rejected)} of them would have been answered correctly: the price of refusing",
            "Errors refused": f"wrong predictions that are refused; more is better. The other {outcome.errors_left:,} are answered",
        }
        metrics(*((label, value, meanings[label]) for label, value in story.tiles(outcome).items()), width=150)
        histogram = histograms.score_histogram(kept.score_bins(run, score), decision.threshold, SCORES[score].axis)
        st.vega_lite_chart(spec=histogram, alt=HISTOGRAM)
    curve = loaded.scored(run, "validation", score).curve
    with st.container(key=ON_BOTH):
        st.markdown(story.validation_and_test(curve, decision.threshold, outcome, interval))
    follow_threshold(run, score, chart)
    with st.container(horizontal=True, vertical_alignment="center"):
        policy_button(policy_of(run, score, decision.threshold, story.chosen_by(curve, decision.threshold)))
        st.caption(HOW_TO_APPLY)


def _interval(outcome: RejectOutcome) -> tuple[float, float] | None:
    """The 95 % confidence interval of the test accuracy; None if nothing is answered."""
    if not outcome.num_accepted:
        return None
    return share_interval(outcome.num_accepted - outcome.errors_left, outcome.num_accepted)


def _show_refused(run: Run, decision: Decision) -> None:
    test = loaded.predictions(run, "test")
    refused = chosen_samples(test, decision.test, SampleFilter(above=decision.threshold))
    left, right = st.columns([1, 1.25])
    with left:
        matrix = confusion_matrix(test, rejected=decision.refused)
        chart = matrices.confusion_heatmap(matrix, test.class_names, [*test.class_names, DONT_KNOW])
        st.vega_lite_chart(spec=chart, alt="Confusion matrix")
    with right:
        clicked = show_samples(
            run, "test", refused, lambda shown: [f"uncertainty {decision.test[sample]:.3f}" for sample in shown], key="refused", refused=decision.refused,
            title=f"**Refused: {len(refused):,}**, the most uncertain first",
        )  # fmt: skip
        if clicked is not None:
            open_sample(clicked)
            st.rerun()
