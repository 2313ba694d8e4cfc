"""What is compared: the chosen runs in groups, with their measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from core.data import sources
from core.metrics.contrasts import Values
from core.metrics.measures import Measure, measures
from core.training.grouping import Grouped, NotComparable, grouped
from core.training.runs import Damaged, Run
from ui import shell
from ui.compare import pick
from ui.components.plain_text import plain
from ui.loaded import compared
from ui.loaded.compared import Measured

History = Sequence[Mapping[str, float]]
MOST_NAMED = 3  # runs in a sentence


@dataclass(frozen=True, eq=False)
class Compared:
    """The chosen runs in groups, with their measures.

    Attributes:
        title: of the experiment; "Single runs" if they were chosen one by one.
        runs: the groups.
        values: short label of a group -> seed -> key of a measure -> value.
        histories: short label of a group -> the history of each run, with the seconds since its beginning; may be empty.
        num_test: number of test images; of several numbers, the smallest.
    """

    title: str
    runs: Grouped
    values: Values
    histories: Mapping[str, Sequence[History]]
    num_test: int

    @property
    def dataset(self) -> sources.Source:
        return sources.source(self.runs.dataset)

    @property
    def measures(self) -> Mapping[str, Measure]:
        """Key -> measure, in the order on screen."""
        return measures(self.dataset.groups)

    @property
    def places(self) -> tuple[tuple[str, float], ...]:
        """What names all runs by plain values."""
        return tuple((place["folder"], place["finished_at"]) for place in map(compared.place_of, self.runs.runs))


def chosen() -> Compared:
    """What the viewer chose; if it cannot be compared, the page says why and stops here."""
    offered = pick.offered_runs()
    if not offered:
        shell.stop_without_run()
    title, picked = pick.picked(offered)
    with st.spinner("Reading the runs…"):
        found = _measured(picked)
    if not found:
        st.info("No run is chosen yet. Choose two or more runs of one data set.", icon=":material/info:")
        st.stop()
    try:
        groups = grouped([run for run, _ in found])
    except NotComparable as error:
        st.warning(str(error), icon=":material/block:")
        st.stop()
    measured = {run.folder: values for run, values in found}
    values = {
        group.short: {seed: measured[run.folder].values for seed, run in group.by_seed.items()}
        for group in groups.groups
    }
    histories = {
        group.short: [measured[run.folder].history for run in group.by_seed.values()] for group in groups.groups
    }
    num_test = {measured[run.folder].num_test for run in groups.runs}
    _say_what_to_mind(groups, num_test)
    return Compared(title, groups, values, histories, min(num_test))


def _measured(picked: Sequence[Run]) -> list[tuple[Run, Measured]]:
    """The runs with their measures; those that cannot be read are named and left out."""
    found, damaged = [], []
    for run, measured in zip(picked, compared.measured_of(picked), strict=True):
        if isinstance(measured, Damaged):
            damaged.append(f"{plain(run.name)} ({plain(str(measured))})")
        else:
            found.append((run, measured))
    if damaged:
        st.error(f"Left out, because they cannot be read: {_listed(damaged)}", icon=":material/error:")
    return found


def _say_what_to_mind(groups: Grouped, num_test: set[int]) -> None:
    if groups.replaced:
        names = _listed([plain(run.name) for run in groups.replaced])
        st.caption(f"Left out: {names}. A newer run has the same settings and the same seed.")
    if len(num_test) > 1:
        numbers = " and ".join(f"{number:,}" for number in sorted(num_test))
        st.warning(
            f"These runs answered different numbers of test images, {numbers}: their differences also come from the images.",
            icon=":material/warning:",
        )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_NAMED])
    return shown if len(names) <= MOST_NAMED else f"{shown} and {len(names) - MOST_NAMED:,} more"
