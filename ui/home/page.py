"""One run shown at a threshold, a tour through the pages with it, and the models that are trained."""

import numpy as np
import streamlit as st

from core.metrics.decision import Decision
from core.metrics.predictions import Predictions
from core.metrics.rejection import RejectOutcome, reject_outcome
from core.training import runs
from core.training.runs import Run
from core.views import curves
from core.views.palette import coloured
from ui import loaded, serving
from ui.components.controls import percent
from ui.components.gallery import gallery
from ui.components.plain_text import plain
from ui.decision import FIRST_SCORE, decide, fix_threshold
from ui.home.models import show_models
from ui.home.story import Examples, examples
from ui.home.tour import WITHOUT_RUN, queries, show_tour, takeaways
from ui.loaded.scores import accuracy_coverage
from ui.shell import PAGES, opened_run

BELOW = "below threshold"  # as Inspect calls it
MOST_BARS = 20  # a card has no room for the names of more classes
LEAST_COVERAGE = 0.8
SMALL = {"height": 300, "title": {"text": "Accuracy against coverage", "anchor": "start"}}
WORKED_EXAMPLE = (
    "**Coverage** is the share of images that get an answer, **accuracy** the share of these answers that are right.\n\n"
    "Of 100 images, 90 are answered and 88 of these answers are right: coverage 90 %, accuracy 88 / 90 = 97.8 %.\n\n"
    "To trade one for the other is called *selective classification*."
)


def show() -> None:
    finished = [run for run in runs.all_runs() if run.status == "done"]
    run = opened_run(finished)
    # Asks for nothing: the threshold is the one chosen before, here or on another page, or the first one.
    decision = decide(run, FIRST_SCORE, lambda asked: asked.value) if run else None
    if run is None or decision is None:
        st.markdown(WORKED_EXAMPLE)
        show_tour(WITHOUT_RUN, {})
    else:
        _show_run(run, decision)
    show_models(finished)
    if run is not None:
        # Last, so that Home does not wait. Whoever goes on to Draw or Explain waits less.
        serving.warm(run)


def _show_run(run: Run, decision: Decision) -> None:
    test, threshold = loaded.predictions(run, "test"), float(decision.threshold)
    outcome = reject_outcome(decision.test, test.correct, threshold)
    shown = examples(test, decision.test, threshold)
    errors = outcome.errors_left + outcome.errors_caught
    st.markdown(
        f"**{plain(run.title)}**: of {test.num_samples:,} test images this network answers {outcome.num_accepted:,}. "
        f"It refuses {outcome.num_rejected:,}, and {outcome.errors_caught:,} of its {errors:,} errors are among them. "
        "Click the curve to choose another threshold, or an image to open it."
    )
    _show_examples(run, test, decision, shown)
    curve, explained = st.columns([1.5, 1], vertical_alignment="center")
    with curve:
        _show_curve(run, outcome)
    explained.markdown(WORKED_EXAMPLE)
    show_tour(takeaways(run, test, outcome, threshold, shown), queries(run, threshold, shown))


def _show_examples(run: Run, test: Predictions, decision: Decision, shown: Examples) -> None:
    images = loaded.images(run, "test", quiet=True)
    if images is None:
        return
    # Heading, sample, and the list on Inspect that the sample is in.
    kinds: tuple[tuple[str, int | None, dict[str, str]], ...] = (
        (coloured("**Answered, right**", "right"), shown.answered, {"side": BELOW, "outcome": "right"}),
        (coloured("**Answered, wrong**", "wrong"), shown.wrong, {"side": BELOW, "outcome": "wrong"}),
        (coloured("**Refused**", "refused"), shown.refused, {}),
    )
    with st.grid(3, min_column_width=220) as grid:
        for place, (heading, sample, among) in enumerate(kinds):
            if sample is None:
                continue
            with grid.cell():
                top = percent(test.probs[sample].max(), 1)
                st.markdown(f"{heading} · confidence {top}")
                clicked = gallery(
                    images, test, np.array([sample]), [f"uncertainty {decision.test[sample]:.3f}"], key=f"example_{place}",
                    all_classes=test.num_classes <= MOST_BARS, source=(run.config.dataset, "test"), refused=decision.refused,
                )  # fmt: skip
                if clicked is not None:
                    query = queries(run, float(decision.threshold), shown)["Inspect"]
                    st.switch_page(PAGES["Inspect"].file, query_params=query | among | {"sample": str(sample)})


def _show_curve(run: Run, outcome: RejectOutcome) -> None:
    chosen = (outcome.coverage, outcome.accuracy_accepted) if outcome.num_accepted else None
    chart = curves.with_chosen(accuracy_coverage(run, (FIRST_SCORE,), LEAST_COVERAGE), chosen, LEAST_COVERAGE)

    def pick() -> None:
        if picked := st.session_state.home_curve.selection.get("pick"):
            fix_threshold(run.name, FIRST_SCORE, picked[0]["threshold"])

    st.vega_lite_chart(
        spec=chart | SMALL, key="home_curve", on_select=pick, selection_mode=["pick"],
        alt="Accuracy against coverage; on page Reject a slider moves the point",
    )  # fmt: skip
