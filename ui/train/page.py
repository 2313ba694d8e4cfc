"""A new run or an experiment on the left, the runs of one's own or those of the experiment on the right."""

import streamlit as st

from core.data import sources
from core.models.sizes import NUM_PARAMETERS
from core.training import control, runs
from core.training.config import RunConfig
from core.training.experiment_text import MOST_LETTERS, NAME
from core.training.owners import Owner
from ui import rights
from ui.components.plain_text import plain, quoted
from ui.train import experiment, options
from ui.train.about import about_data, about_network, download_offer
from ui.train.attempts import attempt, say_if_failed
from ui.train.damaged import show_damaged
from ui.train.watch import delete_dialog, watch

ONE_RUN, EXPERIMENT = "One run", "Experiment"


def show() -> None:
    say_if_failed()
    new, watched = st.columns([1, 1.6], gap="large")
    with new:
        kind = st.segmented_control(
            "What to train", (ONE_RUN, EXPERIMENT), default=ONE_RUN, required=True, key="train", bind="query-params",
            label_visibility="collapsed",
        )  # fmt: skip
        chosen = experiment.chosen() if kind == EXPERIMENT else None
        if kind != EXPERIMENT:
            _new_run()
    with watched:
        if problem := runs.problem():
            st.error(problem, icon=":material/folder_off:")
        if chosen:
            experiment.watch(chosen)
        elif kind != EXPERIMENT:
            _runs()
        show_damaged()
    if deleting := st.session_state.pop("deleting", None):
        delete_dialog(deleting)


def _new_run() -> None:
    st.subheader("New run", anchor=False)
    dataset = st.selectbox(
        "Data set",
        sources.SOURCES,
        format_func=lambda name: sources.source(name).title,
        key="dataset",
        bind="query-params",
        on_change=options.use_all_images,
    )
    architecture = st.selectbox(
        "Network",
        NUM_PARAMETERS,
        index=2,
        key="architecture",
        bind="query-params",
        help="softmax_regression has no hidden layer, dense one of 1,024 units, small_cnn a convolution, a hidden layer and "
        "Dropout, deep_mnist two larger convolutions. conv10 has nine convolutions, for colour images, and vgg19 "
        "sixteen: both are slow without a GPU. pets_transfer starts with weights from ImageNet.",
    )
    about_data(dataset)
    about_network(architecture, dataset)
    options.recipe_offer(architecture)
    # Above the options, so that it is seen without scrolling: the options are good as they are.
    start = st.container()
    config = _config(dataset, architecture)
    name = st.text_input(
        "Name (optional)", key="run_name", max_chars=MOST_LETTERS, placeholder="date, data set and network",
        help="The name of the run's folder, by which you find the model again.",
    ).strip()  # fmt: skip
    if problem := name_problem(name):
        st.warning(problem, icon=":material/block:")
    owner = None
    if rights.is_shared():
        with start:
            owner = rights.ask_who()
        rights.offer_host_key()
    if missing := sources.missing_files(dataset):
        download_offer(dataset, missing)
        return
    start.button(
        "Start training", type="primary", icon=":material/play_arrow:",
        disabled=config is None or bool(problem) or (owner is None and rights.is_shared()), on_click=_start, args=(config, name, owner),
    )  # fmt: skip


def _start(config: RunConfig, name: str, owner: Owner | None) -> None:
    run = attempt(control.start, config, name or None, owner)
    if run is not None:
        st.session_state.watched = run.name
        st.session_state.run_name = ""  # the next run needs another one


def name_problem(name: str) -> str:
    """A sentence that says why a run cannot have this name; empty if it can, or if there is no name."""
    if name and not NAME.fullmatch(name):
        return (
            "A name has letters A to Z, digits, dots, hyphens and underscores, at most "
            f"{MOST_LETTERS} in all, and begins with a letter or a digit."
        )
    # Some file systems take "A" and "a" for one name.
    taken = [run.name for run in runs.all_runs()] + [run.name for run in runs.damaged_runs()]
    if name.lower() in map(str.lower, taken):
        return f"There is a run named {quoted(name)} already. Choose another name."
    return ""


def _config(dataset: str, architecture: str) -> RunConfig | None:
    """What is asked for; None, with the reason on screen, if it does not fit together."""
    chosen = options.learning() | options.machine(dataset) | options.further(architecture)
    try:
        config = RunConfig(dataset, architecture, **chosen)
    except ValueError as error:
        st.warning(plain(str(error)), icon=":material/block:")
        return None
    st.caption(
        f"**{config.num_parameters:,}** parameters · **{config.total_steps:,}** steps, {config.steps_per_epoch:,} per epoch"
    )
    return config


def _runs() -> None:
    st.subheader("Runs", anchor=False)
    own = [run for run in runs.all_runs() if not run.is_starter]
    if not own:
        st.info("No run of your own yet. Start one: softmax_regression on MNIST takes seconds.", icon=":material/info:")
        return
    names = [run.name for run in own]
    at_work = next((run.name for status in runs.AT_WORK for run in own if run.status == status), names[0])
    wanted = st.session_state.get("watched") or _watched_in_address(names)
    run = st.selectbox(
        "Run to watch",
        own,
        index=names.index(wanted if wanted in names else at_work),
        format_func=lambda run: run.title,
    )
    st.session_state.watched = run.name
    if run.name == at_work:
        st.query_params.pop("watched", None)
    else:
        st.query_params["watched"] = run.name
    watch(run)


def _watched_in_address(names: list[str]) -> str | None:
    """The run to watch that the address names; one that is not here is said."""
    wanted = st.query_params.get("watched")
    if wanted is not None and wanted not in names:
        st.toast(f"There is no run named {quoted(wanted)} here; showing another.", icon=":material/warning:")
    return wanted
