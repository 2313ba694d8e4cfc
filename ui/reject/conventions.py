"""View Conventions: the numbers of this app, and the same predictions as papers and libraries measure them."""

import streamlit as st

from core.metrics.conventions import Convention, conventions
from core.training.runs import Run
from core.views.convention_table import convention_table, digits
from ui import loaded
from ui.components.offers import scores_are_here
from ui.components.score_names import score_name
from ui.components.tables import html_table
from ui.decision import choose_score


def show(run: Run) -> None:
    told = st.container()
    score = choose_score(run, help="The score that AURC, E-AURC, AUGRC and FPR95 are measured on.")
    if not scores_are_here(run, score):
        return
    test = loaded.predictions(run, "test")
    rows = conventions(test, loaded.scored(run, "test", score).uncertainty)
    told.markdown(_story(rows, score, test.num_samples))
    html_table(convention_table(rows))
    st.caption(
        "ECE, mean entropy and Brier score are measured on the probabilities, so the choice of the score does not change them. Conventions "
        "that take the rows in their order count ties by the order of the data set: they equal ours where no two images have the same score."
    )


def _story(rows: tuple[Convention, ...], score: str, num_samples: int) -> str:
    """By how much a number of a paper can differ from ours for the same predictions, and what to try."""
    ours, *others = (row for row in rows if row.measure == "AURC")
    named = ", ".join(f"{digits(row.value)} ({row.used_by})" for row in others)
    entropy = [row for row in rows if row.measure == "Mean entropy"]
    return (
        f"Papers and libraries use one name for different numbers. For {score_name(score)} on {num_samples:,} test images, AURC is "
        f"**{digits(ours.value)}** here. The same predictions have the AURC {named}. Divided by the log of the number of rows, the mean entropy is "
        f"**{digits(entropy[-1].value)}** instead of **{digits(entropy[0].value)}**. Before you compare a number of a paper with one of this app, find its row."
    )
