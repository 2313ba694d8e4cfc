"""Which runs are compared: a whole experiment, or single runs. The choice is in the address."""

from collections.abc import Collection, Mapping

import streamlit as st

from core.training import experiments, runs
from core.training.runs import Run
from ui.components.plain_text import plain, quoted

SINGLE = "Single runs"
FIRST_EXPERIMENT = "natural-softmax-small"
FIRST_RUNS = ("cifar10-conv10", "cifar10-conv10-superclass")


def offered_runs() -> dict[str, Run]:
    """Name -> every finished run: the viewer's own, those that came with the app, and those of its experiments."""
    own = {run.name: run for run in runs.all_runs() if run.status == "done"}
    return own | {run.name: run for run in experiments.results()}


def picked(offered: Mapping[str, Run]) -> tuple[str, list[Run]]:
    """What the viewer chose: the title of an experiment, or "Single runs", and the runs.

    Args:
        offered: name -> run, at least one.
    """
    titles, whole = _experiments(offered)
    options = [*titles, SINGLE]
    first = FIRST_EXPERIMENT if FIRST_EXPERIMENT in titles else options[0]
    _say_if_missing("experiment", options, "experiment with finished runs")
    with st.sidebar:
        name = st.selectbox(
            "Compare", options, index=options.index(first), key="experiment", bind="query-params",
            help="An experiment is a set of runs: each recipe with each seed. Or choose single runs.",
        )  # fmt: skip
        if name in titles:
            st.caption(plain(titles[name]))
            return titles[name], whole[name]
    return SINGLE, _single_runs(offered)


def _experiments(offered: Mapping[str, Run]) -> tuple[dict[str, str], dict[str, list[Run]]]:
    """Name of an experiment with finished runs -> its title, and -> these runs, in the order of its variants."""
    titles, whole = {}, {}
    for experiment in experiments.all_experiments():
        cells = sorted(experiment.cells, key=lambda cell: experiment.variants.index(cell.variant))
        if there := [offered[cell.run_name] for cell in cells if cell.run_name in offered]:
            titles[experiment.name], whole[experiment.name] = experiment.title, there
    return titles, whole


def _single_runs(offered: Mapping[str, Run]) -> list[Run]:
    _say_if_missing("runs", offered, "trained model")
    names = st.multiselect(
        "Runs", list(offered), default=_first_runs(offered), key="runs", bind="query-params",
        help="Finished runs of one data set. Runs whose settings differ only in the seed are one group.",
    )  # fmt: skip
    return [offered[name] for name in names]


def _say_if_missing(key: str, offered: Collection[str], what: str) -> None:
    """Say which names in the address are not offered: the widget leaves them out in silence. Call it before the widget."""
    missing = [name for name in st.query_params.get_all(key) if name and name not in offered]
    # An address that the widget has not corrected yet is said once.
    if missing and st.session_state.get(f"missing_{key}") != missing:
        st.toast(f"There is no {what} named {quoted(missing[0])}; it is left out.", icon=":material/warning:")
    st.session_state[f"missing_{key}"] = missing


def _first_runs(offered: Mapping[str, Run]) -> list[str]:
    """Two runs to begin with, of the same data set if there are two such."""
    if all(name in offered for name in FIRST_RUNS):
        return list(FIRST_RUNS)
    first, *others = offered
    same = [name for name in others if offered[name].config.dataset == offered[first].config.dataset]
    return [first, *same[:1]]
