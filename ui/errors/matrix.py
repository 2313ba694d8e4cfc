"""Which classes are confused: the confusion matrix, the images behind a cell, and mutual confusions."""

import numpy as np
import pyarrow as pa
import streamlit as st

from core.metrics.confusion import cell_samples, class_order, confusion_matrix, mutual_confusions
from core.metrics.predictions import Predictions
from core.training.runs import Run
from core.views import charts, matrices
from core.views.palette import DONT_KNOW
from ui import loaded
from ui.components.controls import choice
from ui.components.plain_text import plain
from ui.errors import cards
from ui.errors.refusal import choose_refusal

HEIGHT = 390  # pixels of the chart: a projector shows it whole
FIGURES, ORDERS = ("counts", "percent of the row"), ("data set order", "by similarity")


def pick_cell() -> None:
    """A click on the matrix chooses the cell whose images are shown."""
    if picked := st.session_state.cells.selection.get("pick"):
        _choose_cell(picked[0]["true"], picked[0]["answer"])


def _choose_cell(true: str, answer: str) -> None:
    st.session_state.true_class, st.session_state.answer = true, answer


def show(run: Run) -> None:
    test, told = loaded.predictions(run, "test"), st.container()
    with st.container(horizontal=True, vertical_alignment="center"):
        refusal = choose_refusal(run)
        display = st.popover("Display", icon=":material/palette:")
    if refusal is None:
        return
    always = confusion_matrix(test)
    matrix = always if refusal.rejected is None else confusion_matrix(test, refusal.rejected)
    told.markdown(_story(test, matrix))
    with display:
        figures = choice("Cells show", FIGURES, key="figures", help="The colour is logarithmic either way.")
        arrange = choice("Order of classes", ORDERS, key="arrange", help="By similarity: hierarchical clustering of how often two classes are confused, so that such classes are neighbours.")  # fmt: skip
        mute = st.toggle(
            "Hide correct answers' colour",
            True,
            key="mute",
            bind="query-params",
            help="Only errors are coloured, so that few errors stand out beside many correct answers.",
        )
    names = test.class_names
    many = len(names) > charts.MANY_CLASSES
    left, right = (st.container(), st.container()) if many else st.columns([1.25, 1])
    with right:
        true, answer = _cell(test, always, refuses=refusal.rejected is not None)
    # By the errors without refusing: the classes must not move while the threshold does.
    order = class_order(always) if arrange == ORDERS[1] else np.arange(len(names))
    chart = matrices.confusion_cells(
        matrix, names, order, (true, answer), shares=figures == FIGURES[1], mute_diagonal=mute
    )
    with left:
        st.vega_lite_chart(
            spec=chart, key="cells", on_select=pick_cell, selection_mode=["pick"], height="content" if many else HEIGHT,
            alt="Confusion matrix; the boxes True class and Answer choose a cell, too",
        )  # fmt: skip
    _pairs(run, test, matrix)
    # Last, though it stands above: the opened image must not wait for anything behind it.
    with right:
        places = [names.index(true), len(names) if answer == DONT_KNOW else names.index(answer)]
        samples = cell_samples(test, places[0], places[1], refusal.rejected)
        what = "answered correctly" if true == answer else DONT_KNOW if answer == DONT_KNOW else f"predicted as {plain(answer)}"  # fmt: skip
        title = f"**{plain(true)}, {what}: {len(samples):,}**, most confident first"
        cards.show(run, samples, title, f"{true} {answer}", 12 if many else 6, refusal.rejected)


def _story(test: Predictions, matrix: np.ndarray) -> str:
    """How many images are answered wrongly, the most frequent error, and what to try."""
    errors = matrix[:, : test.num_classes].copy()
    np.fill_diagonal(errors, 0)
    said = f"Of {test.num_samples:,} test images, **{errors.sum():,}** get a wrong answer"
    if matrix.shape[1] > test.num_classes:
        said += f" and {matrix[:, -1].sum():,} are refused"
    if not errors.any():
        return said + "."
    first, second = np.unravel_index(errors.argmax(), errors.shape)
    names = test.class_names
    return (
        f"{said}. The most frequent error is **{plain(names[first])} predicted as {plain(names[second])}** ({errors.max():,} images). "
        "Click a cell, or choose its true class and answer, to see its images. Apply the threshold: which errors are left?"
    )


def _cell(test: Predictions, matrix: np.ndarray, *, refuses: bool) -> tuple[str, str]:
    """True class and answer of the cell whose images are shown; at first the most frequent error."""
    names = list(test.class_names)
    errors = matrix - np.diag(np.diag(matrix))
    first, second = np.unravel_index(errors.argmax(), errors.shape)
    help = "A click on the matrix chooses both."
    answers = [*names, *([DONT_KNOW] if refuses else [])]
    for key, options in (("true_class", names), ("answer", answers)):
        if st.session_state.get(key, options[0]) not in options:
            # Of another run, or of a refusal that is switched off. Without a new value the browser would keep showing the old one.
            st.session_state[key] = names[first] if key == "true_class" else names[second]
    with st.container(horizontal=True):
        true = choice("True class", names, key="true_class", default=names[first], help=help)
        return true, choice("Answer", answers, key="answer", default=names[second], help=help)


def _pairs(run: Run, test: Predictions, matrix: np.ndarray) -> None:
    st.subheader("Mutual confusions", anchor=False)
    pairs = mutual_confusions(matrix)
    if not pairs:
        st.markdown("No two classes are confused in both directions.")
        return
    names = test.class_names

    def pick_pair() -> None:
        if rows := st.session_state.pairs.selection.rows:
            _choose_cell(names[pairs[rows[0]].first], names[pairs[rows[0]].second])

    st.dataframe(
        pa.table(
            {
                "Class": [names[pair.first] for pair in pairs],
                "Predicted as": [names[pair.second] for pair in pairs],
                "Images": [pair.there for pair in pairs],
                "Reverse": [pair.back for pair in pairs],
                "Both": [pair.there + pair.back for pair in pairs],
            }
        ),
        hide_index=True, height=min(36 * len(pairs) + 38, 248), width=620, key="pairs", on_select=pick_pair, selection_mode="single-row",
        column_config={
            "Images": st.column_config.NumberColumn(help="Test images of the class that are predicted as the other class."),
            "Reverse": st.column_config.NumberColumn(help="Test images of the other class that are predicted as this one. The pairs are ranked by this number, then by both."),
        },
    )  # fmt: skip
    if run.config.dataset == "oxford_pets":
        st.caption(
            "The article 「深層学習入門:画像分類モデルを作ろう(3)」, another network on other images (50 per class): "
            "Bengal predicted as Egyptian Mau 13 times, the reverse 5 times."
        )
