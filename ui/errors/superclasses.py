"""Errors by superclass: within the true superclass or across superclasses, and which classes are hard."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from core.data import sources
from core.metrics.confusion import GroupConfusion, confusion_matrix, exceptional_errors, group_confusion, hardness
from core.metrics.hierarchy import membership
from core.training.runs import Run
from core.views import bars, charts, matrices
from ui import loaded
from ui.components.controls import metrics, percent
from ui.components.score_names import score_name
from ui.errors import cards
from ui.errors.refusal import Refusal, choose_refusal

HEIGHT = 290  # pixels of the chart of classes: a projector shows it whole
THESIS = "村上・粕川「MNIST と CIFAR10 の推論の弱点について」"


def show(run: Run) -> None:
    groups = sources.source(run.config.dataset).groups
    if not groups:
        st.info("This data set has no superclasses.", icon=":material/info:")
        return
    told = st.container()
    test = loaded.predictions(run, "test")
    with st.container(horizontal=True, vertical_alignment="center"):
        refusal = choose_refusal(run)
    if refusal is None:
        return
    found = group_confusion(test, groups, refusal.rejected)
    group_of = membership(test.class_names, groups)
    across = exceptional_errors(test, groups, refusal.rejected)
    wrong = int(found.wrong.sum())
    told.markdown(
        f"Of {wrong:,} errors on {found.num_samples:,} test images, **{len(across):,}** go to another superclass "
        f"({percent(len(across) / wrong if wrong else float('nan'))}): these are the worse ones. Apply the threshold, and see "
        "whether they are refused first."
    )
    within, outside = _examples(groups)
    metrics(
        ("Errors", f"{wrong:,}", f"wrong answers among {found.num_samples:,} test images"),
        ("Within superclass", f"{wrong - len(across):,}", f"errors that stay within the superclass{within}"),
        ("Across superclasses", f"{len(across):,}", f"errors that leave the superclass{outside}"),
        ("Of all images", percent(len(across) / found.num_samples), "errors across superclasses among all test images"),
        width=176,
    )  # fmt: skip
    left, right = st.columns(2)
    with left:
        chart = matrices.group_cells(found, refuses=refusal.rejected is not None)
        st.vega_lite_chart(spec=chart, alt="Right answers and errors by superclass")
        _why(found)
    with right:
        matrix = confusion_matrix(test, refusal.rejected)
        chart = bars.hard_classes(matrix, test.class_names, [tuple(groups)[place] for place in group_of])
        many = test.num_classes > charts.MANY_CLASSES
        st.vega_lite_chart(
            spec=chart,
            height="content" if many else HEIGHT,
            alt="Share of each class that is not answered correctly",
        )
    _tables(run, refusal, group_of, tuple(groups))
    st.subheader("Errors across superclasses", anchor=False)
    cards.show(run, across, f"**The superclass is wrong, too: {len(across):,}**, most confident first", "across")


def _examples(groups: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    """An error within a superclass and one that leaves it, in words; empty where there can be none."""
    several = next((members for members in groups.values() if len(members) > 1), ())
    others = [name for members in groups.values() if members != several for name in members]
    within = f", for instance {several[0]} predicted as {several[1]}" if several else ""
    return within, f", for instance {several[0]} predicted as {others[0]}" if several and others else ""


def _why(found: GroupConfusion) -> None:
    """Whether a superclass is hard because its classes look alike."""
    lines = []
    for name, right, wrong, within, chance in zip(
        found.groups, found.right, found.wrong.sum(axis=1), found.within, found.within_by_chance, strict=True
    ):
        if not wrong:
            continue
        line = f"- **{name}**: {percent(wrong / (right + wrong))} of the answers are wrong"
        if chance:  # a superclass of one class has no errors within
            line += f"; {percent(within, 1)} of the errors stay within the superclass (if spread evenly over all other classes: {percent(chance, 1)})"
        lines.append(line)
    st.markdown("\n".join(lines).replace(" %", "\u00a0%"))  # number and sign stay on one line
    st.caption(
        f"After {THESIS}, which found that animals are misclassified more often than vehicles, mostly as other animals, and left open why. "
        "If errors stay within a superclass far more often than an even spread would, its classes probably look alike."
    )


def _tables(run: Run, refusal: Refusal, group_of: np.ndarray, groups: tuple[str, ...]) -> None:
    test = loaded.predictions(run, "test")
    for column, what, names, members in zip(
        st.columns(2), ("Superclass", "Class"), (groups, test.class_names), (group_of, None), strict=True
    ):
        found = hardness(test, refusal.decision.test, refusal.decision.threshold, members)
        column.dataframe(
            {
                what: names,
                "Images": found.num_samples,
                "Accuracy": 100 * found.accuracy,
                "Uncertainty": found.uncertainty,
                "Coverage": 100 * found.coverage,
                "Accuracy when answered": 100 * found.accuracy_accepted,
            },
            hide_index=True,
            column_config={
                "Accuracy": st.column_config.NumberColumn(format="%.1f %%", help="Share of correct answers if nothing is refused."),
                "Uncertainty": st.column_config.NumberColumn(format="%.4f", help=f"Mean of {score_name(refusal.decision.score)}: higher = more uncertain."),
                "Coverage": st.column_config.NumberColumn(format="%.1f %%", help="Answered at the threshold above."),
                "Accuracy when answered": st.column_config.NumberColumn(format="%.1f %%", help="Share of correct answers among the answered images."),
            },
        )  # fmt: skip
