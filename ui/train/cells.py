"""The runs of an experiment as a table: a row per seed, a column per variant. It is HTML for the error on hover."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from core.training import experiments
from core.training.experiments import CellStatus, Experiment, Status
from core.training.runs import Run
from ui.components.controls import percent
from ui.components.plain_text import plain

MOST_ERRORS = 3  # that are written out
WORDS = {
    "done": "done", "running": "training", "waiting": "waiting", "failed": "failed", "stopped": "stopped",
    "interrupted": "interrupted", "blocked": "cannot be used", "missing": "not yet",
}  # fmt: skip
STYLE = """<style>
.cells { overflow-x: auto; max-height: 26rem; overflow-y: auto; }
.cells table { border-collapse: collapse; width: 100%; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
.cells th, .cells td { padding: 0.35rem 0.75rem; text-align: left; white-space: nowrap; border-bottom: 1px solid rgb(128 128 128 / 0.3); }
.cells th { font-weight: 600; }
.cells [title] { text-decoration: underline dotted; cursor: help; }
.cells .missing { opacity: 0.75; }
.cells .running, .cells .failed, .cells .blocked { font-weight: 600; }
</style>"""


def show_cells(experiment: Experiment, now: Status) -> None:
    """The table, and below it the errors, which cannot be hovered over on a phone."""
    by_place = {(cell.cell.seed, cell.cell.variant): cell for cell in now.cells}
    head = "".join(f'<th scope="col">{escape(variant)}</th>' for variant in experiment.variants)
    came = {run.name: run for run in experiments.results() if run.folder.parent.name == experiment.name}
    rows = "".join(
        f'<tr><th scope="row">{seed}</th>'
        f"{''.join(_cell(by_place[seed, variant], came) for variant in experiment.variants)}</tr>"
        for seed in experiment.seeds
    )
    st.html(
        f'{STYLE}<div class="cells" role="region" aria-label="Runs of the experiment" tabindex="0"><table><thead><tr>'
        f'<th scope="col">Seed</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )
    in_brackets = "; in brackets, of one that came with the app" if came else ""
    st.caption(f"A percentage alone is the test accuracy of a run that is done{in_brackets}.")
    wrong = [cell for cell in now.cells if cell.error and cell.state in ("failed", "blocked")]
    for cell in wrong[:MOST_ERRORS]:
        st.error(f"{plain(cell.cell.variant)}, seed {cell.cell.seed}: {plain(cell.error)}", icon=":material/error:")
    if len(wrong) > MOST_ERRORS:
        st.caption(f"{len(wrong) - MOST_ERRORS} more failed: point at them in the table.")


def _cell(found: CellStatus, came: Mapping[str, Run]) -> str:
    word, title = WORDS[found.state], found.error
    if found.state == "done":
        word = _accuracy(Run(found.cell.folder))
    elif found.state == "missing" and found.cell.run_name in came:
        word, title = f"({_accuracy(came[found.cell.run_name])})", "Came with the app. Start trains a run of your own."
    elif found.state in ("running", "stopped", "interrupted") and found.fraction:
        word = f"{word} ({found.fraction:.0%})"
    elif found.state == "failed" and not found.is_given_up:
        word = f"{word}, is tried again"
    hover = f' title="{escape(title)}"' if title else ""
    return f'<td class="{found.state}"><span{hover}>{escape(word)}</span></td>'


def _accuracy(run: Run) -> str:
    return percent(run.done().get("test_accuracy", float("nan")))
