"""All numbers of a comparison: as tables on the page, as CSV files, and as a report."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.metrics.contrasts import Contrast
from core.views.report import Table, report
from ui.compare import story
from ui.compare.choice import Compared
from ui.components.report import report_button

All = dict[str, dict[str, Contrast]]  # key of a measure -> name of a group -> contrast


def show(compared: Compared, found: All, reference: str, sentences: Sequence[str], figures: Sequence[str]) -> None:
    """Buttons for the files, and the tables.

    Args:
        compared: the runs.
        found: the contrasts with the reference.
        reference: the name of a group.
        sentences: what the page says, for the report.
        figures: alternative texts of the charts, for the report.
    """
    differences, runs = differences_table(compared, found, reference), runs_table(compared)
    meanings = {measure.label: measure.meaning for measure in compared.measures.values()}
    with st.container(horizontal=True):
        st.download_button(
            "Runs (CSV)", lambda: _csv(runs_frame(compared)), "runs.csv", "text/csv", icon=":material/table:", on_click="ignore",
            help="Every measure of every run, as fractions, with all digits.",
        )  # fmt: skip
        if differences.rows:
            st.download_button(
                "Differences (CSV)", lambda: _csv(differences_frame(compared, found, reference)), "differences.csv", "text/csv",
                icon=":material/table:", on_click="ignore",
                help="Every difference with its interval and its p, as fractions, with all digits.",
            )  # fmt: skip
        tables = [table for table in (differences, runs) if table.rows]
        page = report(
            f"Comparison: {compared.title}",
            [sentence for sentence in sentences if sentence] + [story.EXPLAINED],
            figures,
            [*tables, Table("Settings that all runs share", ("Setting", "Value"), list(compared.runs.shared.items()))],
            meanings,
        )
        report_button(page, figures, "comparison.html", key="report")
    with st.expander("All numbers"):
        for table in tables:
            st.markdown(f"**{table.title}**")
            columns = dict(zip(table.columns, zip(*table.rows, strict=True), strict=True))
            helps = {name: st.column_config.TextColumn(help=meanings.get(name)) for name in table.columns}
            st.dataframe(pd.DataFrame(columns), hide_index=True, column_config=helps)


def runs_frame(compared: Compared) -> pd.DataFrame:
    """A row per run: its name, its group, its seed, and the value of every measure."""
    return pd.DataFrame(
        {"run": run.name, "group": group.label, "seed": seed} | dict(compared.values[group.short][seed])
        for group in compared.runs.groups
        for seed, run in group.by_seed.items()
    )


def differences_frame(compared: Compared, found: All, reference: str) -> pd.DataFrame:
    """A row per measure and group: the difference to the reference with all that belongs to it."""
    labels = {group.short: group.label for group in compared.runs.groups}
    return pd.DataFrame(
        {
            "measure": key,
            "group": labels[name],
            "reference": labels[reference],
            "pairs": contrast.comparison.num_seeds,
            "difference": contrast.comparison.mean,
            "interval_low": contrast.comparison.interval[0],
            "interval_high": contrast.comparison.interval[1],
            "standard_deviation": contrast.comparison.sd,
            "p": contrast.comparison.p,
            "smallest_p": contrast.comparison.smallest_p,
            "p_holm_measure": contrast.alone.p,
            "p_holm_all": contrast.among_all.p,
            "settled": contrast.alone.settled,
            "seeds_needed": contrast.seeds_needed,
        }
        for key, by_group in found.items()
        for name, contrast in by_group.items()
    )


def runs_table(compared: Compared) -> Table:
    """Every measure of every run, as on screen."""
    shown = compared.measures
    return Table(
        "Every run",
        ("Group", "Seed", *(measure.label for measure in shown.values()), "Run"),
        [
            (
                group.label,
                str(seed),
                *(story.value(measure, compared.values[group.short][seed][key]) for key, measure in shown.items()),
                run.name,
            )
            for group in compared.runs.groups
            for seed, run in group.by_seed.items()
        ],
    )


def differences_table(compared: Compared, found: All, reference: str) -> Table:
    """Every difference, as on screen."""
    columns = (
        "Measure", "Group", "Difference", "95 % interval", "p", "Smallest p possible", "p, Holm over all", "Settled",
        "Seeds to settle it", "Pairs",
    )  # fmt: skip
    rows = []
    for key, by_group in found.items():
        measure = compared.measures[key]
        for name, contrast in by_group.items():
            comparison = contrast.comparison
            rows.append(
                (
                    measure.label,
                    name,
                    story.signed(measure, comparison.mean) + (story.unit(measure) if comparison.num_seeds else ""),
                    story.interval(measure, comparison),
                    story.p_value(contrast.alone.p),
                    story.p_value(comparison.smallest_p) if comparison.num_seeds else story.DASH,
                    story.p_value(contrast.among_all.p),
                    _settled(contrast),
                    story.needed(contrast),
                    str(comparison.num_seeds),
                )
            )
    return Table(f"Differences: minus {reference}", columns, rows)


def _settled(contrast: Contrast) -> str:
    if contrast.among_all.settled:
        return "yes"
    return "only if chosen beforehand" if contrast.alone.settled else "no"


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()
