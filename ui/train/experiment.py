"""An experiment: which one, whose, how far it is, and what can be done with it."""

import streamlit as st

from core.data import sources
from core.training import experiments, runs
from core.training.experiments import Experiment, ExperimentInvalid, Status
from core.training.owners import Owner
from ui import rights, shell
from ui.components.plain_text import plain, quoted
from ui.train.about import download_offer
from ui.train.attempts import attempt
from ui.train.cells import show_cells

FIRST = "quick"
ACTIONS = "stop it or go on with it"


def chosen() -> Experiment | None:
    """The experiment that the viewer chose, what it is about, and its buttons; None if there is none."""
    st.subheader("Experiment", anchor=False)
    found = {experiment.name: experiment for experiment in experiments.all_experiments()}
    if not found:
        st.info("There is no experiment here. Write one below.", icon=":material/info:")
        _write_own("none", "")
        return None
    names = list(found)
    name = st.selectbox(
        "Experiment", names, index=names.index(_first(found)), key="experiment", bind="query-params",
        help="An experiment trains many runs, one after the other: the same settings with several variants and seeds.",
    )  # fmt: skip
    experiment = found.get(name) or found[names[0]]
    st.markdown(f"**{plain(experiment.title)}**")
    if experiment.about:
        st.markdown(plain(experiment.about))
    _say_what_it_has(experiment)
    _actions(experiment)
    for sentence in experiments.problems():
        st.warning(plain(sentence), icon=":material/block:")
    _write_own(experiment.name, experiments.text_of(experiment))
    return experiment


def watch(experiment: Experiment) -> None:
    """How far it is, looked at again every second while something trains, and now and then while nothing does."""
    seen = _state(experiments.status(experiment))
    st.fragment(_watched, run_every=1 if seen != (False, False, False) else 5)(experiment, seen)


def _watched(experiment: Experiment, seen: tuple[bool, bool, bool]) -> None:
    now = experiments.status(experiment)
    if _state(now) != seen:
        st.rerun()  # the buttons and the pace change; before anything can be clicked
    st.subheader("Runs", anchor=False)
    st.progress(now.fraction, plain(experiments.progress_line(now)))
    show_cells(experiment, now)
    if now.count("done"):
        if "Compare" in shell.PAGES:
            shell.page_link("Compare", "Compare its runs", experiment=experiment.name)
        st.caption("Each run that is done can be chosen as a model on the other pages.")


def _state(now: Status) -> tuple[bool, bool, bool]:
    """What the buttons depend on: whether a process trains it, a run is at work, and nothing is left to train."""
    return now.is_running, bool(now.count(*runs.AT_WORK)), now.is_complete


def _first(found: dict[str, Experiment]) -> str:
    """The experiment that is shown at first: one that is being trained, else one that is soon over."""
    at_work = next((name for name, experiment in found.items() if experiments.is_running(experiment)), None)
    return at_work or (FIRST if FIRST in found else next(iter(found)))


def _say_what_it_has(experiment: Experiment) -> None:
    variants, seeds = len(experiment.variants), len(experiment.seeds)
    datasets = ", ".join(sources.source(name).title for name in experiment.datasets)
    networks = ", ".join(dict.fromkeys(cell.config.architecture for cell in experiment.cells))
    st.caption(
        f"**{len(experiment.cells)}** run{'s' if len(experiment.cells) > 1 else ''}: {variants} variant{'s' if variants > 1 else ''} "
        f"with {seeds} seed{'s' if seeds > 1 else ''} · {datasets} · {networks}"
    )
    came = sum(run.folder.parent.name == experiment.name for run in experiments.results())
    if came:
        st.caption(f"The results of {came} runs came with the app, for Compare. Start trains runs of your own.")


def _actions(experiment: Experiment) -> None:
    now = experiments.status(experiment)
    if now.has_begun and rights.is_shared():
        rights.recognise()
        rights.offer_host_key()
        st.caption(rights.whose(experiment, "experiment", ACTIONS))
        if not rights.may_change(experiment):
            return
    if now.is_running or now.count(*runs.AT_WORK):
        st.button("Stop", icon=":material/stop:", on_click=attempt, args=(experiments.stop, experiment))
    if now.is_running:
        return
    if now.obstacle:
        st.error(plain(now.obstacle), icon=":material/block:")
    elif now.is_complete:
        _say_how_it_ended(now)
    elif missing := experiments.missing_data(experiment):
        download_offer(missing[0], sources.missing_files(missing[0]))  # then the next one
    else:
        _offer_to_start(experiment, now)


def _offer_to_start(experiment: Experiment, now: Status) -> None:
    owner, is_asked = None, rights.is_shared() and not now.has_begun
    if is_asked:
        owner = rights.ask_who()
    st.button(
        "Go on" if now.has_begun else "Start experiment", type="primary", icon=":material/play_arrow:",
        disabled=is_asked and owner is None, on_click=_start, args=(experiment, owner),
    )  # fmt: skip
    if is_asked:
        rights.offer_host_key()


def _start(experiment: Experiment, owner: Owner | None) -> None:
    attempt(experiments.start, experiment, owner)


def _say_how_it_ended(now: Status) -> None:
    if failed := now.count("failed"):
        st.warning(
            f"{now.count('done')} runs are done. {failed} failed as often as they may: the table says why. Resume or delete them "
            "under One run.",
            icon=":material/error:",
        )
    else:
        st.success(f"All {len(now.cells)} runs are done.", icon=":material/check:")


def _write_own(example: str, example_text: str) -> None:
    """A field for an experiment of the viewer's own, which begins with the text of the one that is shown."""
    with st.expander("Write your own experiment"):
        st.caption(
            "A text in TOML: a title, seeds, the settings that all runs share, and variants with what differs. Change this one, and "
            "give it a name."
        )
        name = st.text_input(
            "Name of the experiment", key="own_experiment", max_chars=40, placeholder="letters, digits, single hyphens",
            help="Its runs are called by this name, the variant and the seed.",
        ).strip()  # fmt: skip
        # Another example begins another text, and so has another key.
        text = st.text_area(
            "Text", example_text, height=300, key=f"own_text_{example}", max_chars=experiments.MOST_BYTES
        )
        problem = _problem(name or "own", text)
        if problem:
            st.warning(plain(problem), icon=":material/block:")
        st.button(
            "Save experiment",
            icon=":material/save:",
            disabled=not name or bool(problem),
            on_click=_save,
            args=(name, text),
        )


def _problem(name: str, text: str) -> str:
    try:
        experiments.parsed(name, text)
    except ExperimentInvalid as error:
        return str(error)
    return ""


def _save(name: str, text: str) -> None:
    if attempt(experiments.save, name, text):
        st.session_state.experiment = name
        st.session_state.own_experiment = ""
        st.toast(f"Saved as {quoted(name)}.", icon=":material/check:")
