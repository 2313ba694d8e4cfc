"""What surrounds every page: the list of pages, the menu, the header and the choice of the run."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, NoReturn

import streamlit as st

from core.data import sources
from core.metrics.intervals import share_interval
from core.models.sizes import CONVOLUTIONAL
from core.training import runs
from core.training.runs import Run
from core.views.palette import DONT_KNOW, WAKARANAI
from ui import loaded, rights
from ui.components.addresses import drop_infinite
from ui.components.controls import percent
from ui.components.keyboard import keyboard
from ui.components.plain_text import plain, quoted
from ui.components.run_names import short_names

ICON = Path(__file__).parent / "icon.png"
SIDEBAR_WIDTH = 240  # pixels


class Needs(Enum):
    """What a page cannot do without."""

    NOTHING = "nothing"
    RUN = "a finished run"
    CONVOLUTIONS = "a finished run, at first one whose network has convolutions"


@dataclass(frozen=True)
class Page:
    """A page of the app.

    Attributes:
        file: from the project's root.
        title: its name.
        icon: the name of a Material icon.
        group: in the menu.
        needs: what it cannot do without.
    """

    file: str
    title: str
    icon: str
    group: str
    needs: Needs

    @property
    def material_icon(self) -> str:
        return f":material/{self.icon}:"


class OpenRun(Run):
    """The run of a page. If it was deleted or replaced after the page had chosen it, the page says so and stops.

    Every page asks for the run's record before it shows anything of the run, and each part that is drawn again by itself
    does, too.
    """

    def done(self) -> dict[str, Any]:
        """As of any run, and the same as when the page was opened."""
        seen, found = self.__dict__.setdefault("seen", {}), runs.read_run(self.folder)
        record = found.done() if isinstance(found, Run) else {}
        if not record or seen.setdefault("finished_at", record["finished_at"]) != record["finished_at"]:
            st.error(
                f"The run {self.name} was deleted or replaced while this page was open. Choose another.",
                icon=":material/folder_off:",
            )
            st.stop()
        return record


STYLE = Path(__file__).with_suffix(".css")
# In the order of the menu.
PAGES = {
    page.title: page
    for page in (
        Page("app.py", "Home", "home", "", Needs.NOTHING),
        Page("pages/1_Train.py", "Train", "model_training", "Train", Needs.NOTHING),
        Page("pages/8_Compare.py", "Compare", "compare_arrows", "Train", Needs.NOTHING),
        Page("pages/2_Inspect.py", "Inspect", "grid_view", "Explore", Needs.RUN),
        Page(
            "pages/3_Draw.py",
            "Draw",
            "draw",
            "Explore",
            Needs.CONVOLUTIONS,
        ),
        Page("pages/4_Reject.py", "Reject", "rule", "Explore", Needs.RUN),
        Page("pages/9_Calibrate.py", "Calibrate", "balance", "Explore", Needs.RUN),
        Page(
            "pages/6_Errors.py",
            "Errors",
            "error",
            "Explore",
            Needs.RUN,
        ),
        Page(
            "pages/5_Explain.py",
            "Explain",
            "troubleshoot",
            "Stress-test",
            Needs.CONVOLUTIONS,
        ),
        Page(
            "pages/7_Shift.py",
            "Shift",
            "blur_on",
            "Stress-test",
            Needs.RUN,
        ),
    )
}
# The pages that the tour on Home leads through, in its order.
TOUR = ("Inspect", "Reject", "Errors", "Draw", "Explain", "Shift", "Train")
DEFAULT_RUNS = {Needs.NOTHING: "mnist-dense", Needs.RUN: "mnist-dense", Needs.CONVOLUTIONS: "mnist-small_cnn"}


def open_page(title: str, shows: str, heading: str | None = None) -> None:
    """Set a page up that needs no run: browser tab, menu, heading, and the sentence that says what it shows."""
    _set_up(title)
    with st.sidebar:
        _menu()
    _head(heading or title, shows)


def open_run_page(title: str, shows: str) -> Run:
    """Set a page up that is about one finished run, and let the viewer choose the run.

    If there is no finished run, the page says how to get one and stops here.
    """
    _set_up(title)
    finished = [run for run in runs.all_runs() if run.status == "done"]
    run = OpenRun(_chosen_run(finished, PAGES[title].needs).folder) if finished else None
    with st.sidebar:
        _menu()
        if run:
            _run_picker(run, finished)
            _next_stop(title, run)
    _head(title, shows)
    if run is None:
        stop_without_run()
    if not _can_be_read(run):
        st.stop()
    _say_if_sample(run)
    return run


def stop_without_run() -> NoReturn:
    """Say that there is no trained model and how to get one, and end the page here."""
    st.info("There is no trained model yet. Train one first: a small network takes minutes.", icon=":material/info:")
    st.page_link(PAGES["Train"].file, label="Train a classifier", icon=PAGES["Train"].material_icon)
    st.stop()


def opened_run(finished: list[Run]) -> Run | None:
    """The run in the address, else the one chosen on another page, else one that has something to show on every page.

    For a page without a picker. None if no run is finished, or the chosen one is damaged, which the page then says.
    """
    by_name = {run.name: run for run in finished}
    if (wanted := st.query_params.get("run")) in by_name:
        st.session_state["run"] = wanted
    chosen = by_name.get(st.session_state.get("run", "")) or by_name.get(DEFAULT_RUNS[Needs.CONVOLUTIONS])
    run = chosen or next(iter(by_name.values()), None)
    return OpenRun(run.folder) if run and _can_be_read(run) else None


def page_link(title: str, label: str, **query: str) -> None:
    """A link to a page of the app, with what its address is to say."""
    page = PAGES[title]
    st.page_link(page.file, label=label, icon=page.material_icon, query_params=query or None)


def _set_up(title: str) -> None:
    # A picture of our own: the browser would fetch a Material icon or an emoji from elsewhere.
    st.set_page_config(f"{title} · Wakaranai", ICON, "wide", SIDEBAR_WIDTH)
    st.html(STYLE)
    if rights.is_shared():
        rights.host_key()  # printed once, when the first visitor comes
    keyboard()
    drop_infinite()


def _head(heading: str, shows: str) -> None:
    st.title(heading, anchor=False)
    st.markdown(shows)


def _menu() -> None:
    st.markdown(f"## {WAKARANAI}\nWakaranai: when should it say *I {DONT_KNOW}*?")
    # A run that nobody chose is left out: the next page may have a better one to begin with.
    query = {"run": st.session_state.run} if "run" in st.session_state else {}
    group = ""
    for page in PAGES.values():
        if page.group != group:
            group = page.group
            st.caption(group)
        page_link(page.title, page.title, **query)


def _chosen_run(finished: list[Run], needs: Needs) -> Run:
    """The run in the address, else the one chosen on an earlier page, else the one that the page begins with."""
    by_name = {run.name: run for run in finished}
    state, wanted = st.session_state, st.query_params.get("run")
    if wanted is not None and wanted not in by_name:
        st.toast(f"There is no trained model named {quoted(wanted)}; showing another.", icon=":material/warning:")
    # Only somebody's choice holds on the next page. The name that this page wrote into its own address is nobody's choice.
    if wanted in by_name and wanted != state.get("run_by_default"):
        state["run"] = wanted
    if state.get("run") in by_name:
        return by_name[state["run"]]
    run = by_name.get(DEFAULT_RUNS[needs]) or _first(finished, needs)
    state["run_by_default"] = run.name
    return run


def _first(finished: list[Run], needs: Needs) -> Run:
    fitting = [run for run in finished if run.config.architecture in CONVOLUTIONAL]
    return fitting[0] if needs is Needs.CONVOLUTIONS and fitting else finished[0]


def _run_picker(run: Run, finished: list[Run]) -> None:
    names = short_names({other.name: other.title for other in finished})
    # Set from here, not by `index`, which would make another widget of it: a second pick, made while the page
    # still draws the first, would be lost with the widget of before.
    st.session_state["run_picker"] = run.name
    st.selectbox(
        "Model", list(names), format_func=lambda name: names[name], key="run_picker", on_change=_pick_run,
        help="A trained classifier. Every page with this box shows the one chosen here.",
    )  # fmt: skip
    # The list has room for a short name only.
    st.caption(f"{plain(run.title)} · test accuracy {percent(run.done()['test_accuracy'], 1)}")
    # After the links: whoever sees the new address and clicks one must arrive at the new run.
    st.query_params["run"] = run.name


def _next_stop(title: str, run: Run) -> None:
    if title in TOUR[:-1]:
        place = TOUR.index(title) + 1
        # No page's name in the label: the menu has a link of that name already.
        page_link(TOUR[place], f"Next stop ({place + 1} of {len(TOUR)})", run=run.name)


def _pick_run() -> None:
    switch_run(st.session_state["run_picker"])


def switch_run(name: str) -> None:
    """Choose a run for all pages and in the address."""
    st.session_state["run"] = st.query_params["run"] = name
    st.session_state.pop("run_by_default", None)
    # A threshold in the address is that of the run before.
    st.query_params.pop("threshold", None)


def _can_be_read(run: Run) -> bool:
    """Whether the saved answers can be read; if not, the page says why. In a list of runs only their headers were read."""
    try:
        loaded.predictions(run, "validation")
        loaded.predictions(run, "test")
    except runs.Damaged as error:
        st.error(
            f"The run {run.name} is damaged: {error} Choose another, or delete it on Train.", icon=":material/error:"
        )
        return False
    return True


def _say_if_sample(run: Run) -> None:
    answered = loaded.predictions(run, "test")
    published = sources.source(run.config.dataset).num_samples["test"]
    if answered.num_samples < published:
        lower, upper = share_interval(int(answered.correct.sum()), answered.num_samples)
        st.caption(
            f"**A sample**: {answered.num_samples:,} test images, where {published:,} were published. "
            f"{percent(answered.accuracy, 1)} of them are right. The 95 % confidence interval is {100 * lower:.0f} to "
            f"{100 * upper:.0f} %: do not compare it with published accuracies."
        )
