"""A tour in three steps, the other pages, and the runs that are finished."""

import pyarrow as pa
import streamlit as st

from core.metrics.rejection import RejectOutcome, reject_outcome
from core.metrics.selective import threshold_at_coverage
from core.training import runs
from core.training.runs import Run
from ui import loaded
from ui.components.controls import percent
from ui.decision import FIRST_COVERAGE, FIRST_SCORE
from ui.shell import PAGES, page_link

INSPECTED, REJECTED = "mnist-dense", "fashion_mnist-small_cnn"  # the runs that the tour opens


def show() -> None:
    finished = [run for run in runs.all_runs() if run.status == "done"]
    by_name = {run.name: run for run in finished}
    st.subheader("A tour in three steps", anchor=False)
    with st.grid(3, min_column_width=260):
        _step("1 · See what it doubts", _says_inspect(by_name.get(INSPECTED)), "Inspect", run=INSPECTED)
        _step("2 · Let it refuse", _says_reject(by_name.get(REJECTED)), "Reject", run=REJECTED)
        _step(
            "3 · Train your own",
            "Choose data, network and patience. Training runs beside the page, and every page can show the result.",
            "Train",
        )
    st.subheader("And further", anchor=False)
    with st.grid(4, min_column_width=180) as grid:
        for page in PAGES.values():
            if page.says:
                with grid.cell():
                    page_link(page.title, page.title, run="mnist-small_cnn")
                    st.caption(page.says)
    _show_runs(finished)


def _step(heading: str, text: str, title: str, **query: str) -> None:
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{heading}**\n\n{text}")
        page_link(title, f"Open {title}", **query)


def _says_inspect(run: Run | None) -> str:
    unsure = "test digits to which a dense network gives no class a probability of 0.5 or more"
    if run is None:
        return f"The {unsure}."
    refused = _outcome(run, 0.5)
    return f"The {refused.num_rejected:,} {unsure}: {refused.errors_caught:,} of these answers are wrong."


def _says_reject(run: Run | None) -> str:
    if run is None:
        return "Move one threshold and watch how many images are still answered, and how many of the answers are right."
    outcome = _outcome(run, threshold_at_coverage(loaded.scored(run, "validation", FIRST_SCORE).curve, FIRST_COVERAGE))
    errors = outcome.errors_left + outcome.errors_caught
    return (
        f"Move one threshold and watch. At first {percent(1 - outcome.coverage, 1)} of the images are refused, and accuracy "
        f"goes from {percent(loaded.predictions(run, 'test').accuracy, 1)} to {percent(outcome.accuracy_accepted, 1)}. "
        f"{percent(1 - outcome.accuracy_rejected, 1)} of the refused answers are wrong; "
        f"{percent(outcome.errors_left / max(errors, 1), 1)} of all errors are still answered."
    )


def _outcome(run: Run, threshold: float) -> RejectOutcome:
    return reject_outcome(
        loaded.scored(run, "test", FIRST_SCORE).uncertainty, loaded.predictions(run, "test").correct, threshold
    )


def _show_runs(finished: list[Run]) -> None:
    st.subheader("Runs", anchor=False)
    ends = [run.done() for run in finished]
    st.dataframe(
        # Streamlit sends an Arrow table several times as fast as a dict, which goes by way of pandas.
        pa.table(
            {
                "Run": [run.title for run in finished],
                "Test accuracy": [100 * end["test_accuracy"] for end in ends],
                "Parameters": [run.config.num_parameters for run in finished],
                "Training": [end["seconds"] for end in ends],
                "Processor": [end["machine"]["processor"] for end in ends],
                "Seed": [run.config.seed for run in finished],
            }
        ),
        hide_index=True,
        column_config={
            "Test accuracy": st.column_config.NumberColumn(
                format="%.2f %%",
                help="Right answers among the run's test images: all published ones, or a sample of the data set.",
            ),
            "Parameters": st.column_config.NumberColumn(
                format="localized",
                help="All weights of the network, with those that are frozen and the averages of batch normalization.",
            ),
            "Training": st.column_config.NumberColumn(
                format="%.0f s", help="Seconds of training, without loading and validation."
            ),
            "Seed": st.column_config.NumberColumn(
                help="Of the first weights, the order of the images, augmentation and Dropout."
            ),
        },
    )
