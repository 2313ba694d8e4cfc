"""View Which score: every score of the run on the same images, and which lead is more than luck."""

import pandas as pd
import streamlit as st

from core.metrics.bootstrap import NUM_RESAMPLES
from core.metrics.policy import PNORM
from core.metrics.scores import SCORES
from core.metrics.selective_table import MEASURES
from core.training.runs import Run
from core.views.risk_curves import risk_coverage
from core.views.score_table import Named, by_aurc, direction, name, number, paired_difference, score_table
from ui import loaded
from ui.components.controls import SPLITS, choice
from ui.components.score_names import score_name
from ui.components.tables import beside, html_table
from ui.decision import offered_scores
from ui.loaded import score_tables
from ui.loaded.score_tables import SEED, Table
from ui.loaded.scores import is_here

FIRST_DRAWN = ("Least confidence", "Logit margin", "Entropy", "Energy")
CHOOSES = MEASURES["aurc"]  # by this measure validation chooses


def show(run: Run) -> None:
    offered = offered_scores(run)
    scores = tuple(score for score in offered if is_here(run, score))
    told = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = choice(
            "Images", SPLITS, key="split",
            help="The test images report how good each score is. Choose a score by the validation images.",
        )  # fmt: skip
        drawn = st.multiselect(
            "Curves", scores, [score for score in FIRST_DRAWN if score in scores], key="drawn", bind="query-params",
            format_func=score_name, help="The scores whose curves are drawn.",
        )  # fmt: skip
    table = score_tables.score_table(run, split, scores)
    told.markdown(_story(run, split, table, score_tables.score_table(run, "validation", scores)))
    shown = {score: Named(score_name(score), SCORES[score].meaning) for score in scores}
    left, right = beside()
    with left:
        html_table(score_table(table, shown))
        _explain(run, split, table)
    with right:
        _show_curves(run, split, drawn)
    _show_notes(split, scores, [score_name(score) for score in offered if score not in scores])


def _show_curves(run: Run, split: str, drawn: list[str]) -> None:
    if not drawn:
        st.info("Choose at least one score to see its curve.", icon=":material/show_chart:")
        return
    curves = {score_name(score): loaded.scored(run, split, score).curve for score in drawn}
    st.vega_lite_chart(spec=risk_coverage(curves), alt=f"Error rate of the answered {split} images against coverage")


def _story(run: Run, split: str, table: Table, on_validation: Table) -> str:
    """Which score ranks the errors best, which one validation would choose, and what that one does on test."""
    answers = loaded.predictions(run, split)
    num_errors = int((~answers.correct).sum())
    said = f"All {len(table)} scores belong to the same {answers.num_samples:,} {split} answers, of which {num_errors:,} are wrong. "
    if num_errors in (0, answers.num_samples):
        without = "errors" if num_errors == 0 else "right answers"
        return said + f"Without {without} there is nothing to rank, so the scores cannot differ."
    first, last = by_aurc(table)[0], by_aurc(table)[-1]
    said += (
        f"They differ in which images they refuse first. By {name(CHOOSES)} (lower is better) **{score_name(first)}** ranks the errors best, {number(CHOOSES, table[first]['aurc'].value)}, "
        f"and **{score_name(last)}** worst, {number(CHOOSES, table[last]['aurc'].value)}. "
    )
    chosen = by_aurc(on_validation)[0]
    cell, place = table[chosen]["aurc"], by_aurc(table).index(chosen) + 1
    if split == "validation":
        return (
            said + f"So validation chooses **{score_name(chosen)}**. Show the test images: is it the best there, too?"
        )
    if cell.is_best:
        same = "the same score" if chosen == first else f"**{score_name(chosen)}**, which ranks them as well"
        return said + f"The validation images choose {same}."
    said += f"The validation images choose **{score_name(chosen)}**, which on test has {number(CHOOSES, cell.value)}, place {place} of {len(table)}"
    if cell.behind_best is None:
        return said + ". Is it worse by luck? Compute the intervals."
    behind = f"95 % interval of the paired difference {paired_difference(CHOOSES, cell)}"
    return said + (
        f": it cannot be told from the best ({behind})."
        if cell.among_best
        else f": it is worse than the best ({behind})."
    )


def _explain(run: Run, split: str, table: Table) -> None:
    """What bold means, the intervals on request, and the table as a file."""
    scores = tuple(table)
    has_intervals = table[scores[0]]["aurc"].interval is not None
    num_samples = loaded.predictions(run, split).num_samples
    chooses = (
        "nothing is chosen by them." if split == "test" else "choose a score by them, and read the result on test."
    )
    if has_intervals:
        st.caption(
            f"**Bold**: the best of each column, and what the 95 % interval of the paired difference does not tell from it. Small: 95 % "
            f"intervals from {NUM_RESAMPLES:,} bootstrap resamples of the {num_samples:,} {split} images, seed {SEED}, the same for all scores. Hover over a "
            f"value for its paired difference. Each interval is for one pair named beforehand: among {len(table)} scores, one may seem to lead by luck more often than 5 %."
        )  # fmt: skip
    else:
        st.caption(f"**Bold**: the best of each column on these {num_samples:,} {split} images; {chooses} Is the lead more than luck? Compute the intervals.")  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        if not has_intervals and st.button("Compute 95 % intervals", type="primary", icon=":material/casino:"):
            with st.spinner(f"Drawing {NUM_RESAMPLES:,} bootstrap resamples…"):
                score_tables.compute_intervals(run, split, scores)
            st.rerun()
        st.download_button(
            "Table (CSV)", lambda: measures_csv(table, split, num_samples), "scores.csv", "text/csv", icon=":material/table:",
            on_click="ignore", help="Every measure of every score, as fractions, with all digits.",
        )  # fmt: skip


def _show_notes(split: str, scores: tuple[str, ...], missing: list[str]) -> None:
    """What is not in the table, and what its columns mean."""
    if split == "validation" and PNORM in scores:
        st.caption(f"{PNORM} chose its p by AURC on these validation images, which favours it here.")
    if missing:
        st.caption(
            f"Not in the table, because they need the network: {', '.join(missing)}. Choose one of them in the view "
            "Threshold, which offers to compute it; then it stands here, too."
        )
    with st.expander("What the columns mean"):
        st.markdown(
            "\n".join(
                f"- **{name(measure)}**: {measure.meaning} {direction(measure).capitalize()}. ({measure.source})"
                for measure in MEASURES.values()
            )
        )


def measures_csv(table: Table, split: str, num_samples: int) -> bytes:
    """A row per score and measure: the value, its interval, and that of the paired difference to the best."""
    rows = [
        {
            "score": score,
            "split": split,
            "num_samples": num_samples,
            "measure": key,
            "value": cell.value,
            "interval_low": cell.interval and cell.interval[0],
            "interval_high": cell.interval and cell.interval[1],
            "behind_best_low": cell.behind_best and cell.behind_best[0],
            "behind_best_high": cell.behind_best and cell.behind_best[1],
            "is_best": cell.is_best,
            "among_best": cell.among_best,
            "num_resamples": NUM_RESAMPLES if cell.interval else 0,
            "seed": SEED if cell.interval else None,
        }
        for score, cells in table.items()
        for key, cell in cells.items()
    ]
    return pd.DataFrame(rows).to_csv(index=False).encode()
