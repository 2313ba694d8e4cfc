"""An address restores what is seen: every widget of every view is changed, and the address opened in a fresh window."""

import json
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Button, Element, NumberInput, Toast, Widget

from core.metrics.explanation import PixelCurve
from core.training import runs
from core.training.config import RunConfig
from tests.pages.conftest import PAGES, ROOT
from ui import calibrate, compare, errors, explain, reject, serving, shift
from ui.calibrate.sets import PARTS
from ui.components.saliency import maps, notes
from ui.components.saliency.store import Refused
from ui.draw import page as draw
from ui.explain import many, spread, trust
from ui.explain.trial import Trial
from ui.reject.superclass_thresholds import GROUPS
from ui.shell import PAGES as LISTED
from ui.shift import elsewhere, noise

TRAIN, COMPARE, INSPECT, DRAW, REJECT, CALIBRATE, ERRORS, EXPLAIN, SHIFT = (
    LISTED[title].file
    for title in ("Train", "Compare", "Inspect", "Draw", "Reject", "Calibrate", "Errors", "Explain", "Shift")
)
DIGITS, COLOUR = {"run": "mnist-small_cnn"}, {"run": "cifar10-conv10"}
VIEWS = {
    COMPARE: compare.VIEWS,
    CALIBRATE: calibrate.VIEWS,
    ERRORS: errors.VIEWS,
    EXPLAIN: explain.VIEWS,
    REJECT: reject.VIEWS,
    SHIFT: shift.VIEWS,
}
Query = dict[str, str]
FIRST: dict[str, Query] = {ERRORS: COLOUR, COMPARE: {}}
# Every page, or each of its views where it has several.
EVERY_VIEW: list[tuple[str, Query]] = [
    *[(page, {} if page == TRAIN else DIGITS) for page in PAGES if page not in VIEWS],
    *[(page, FIRST.get(page, DIGITS) | {"view": view}) for page in VIEWS for view in VIEWS[page]],
]
# In these, further widgets are on the page.
FURTHER: list[tuple[str, Query]] = [
    (TRAIN, {"dataset": "Oxford-IIIT Pet", "architecture": "pets_transfer", "loss": "+ superclass, summed softmax"}),
    (TRAIN, {"unit": "steps"}),
    (COMPARE, {"experiment": "Single runs"}),
    (TRAIN, {"train": "Experiment"}),
    (INSPECT, DIGITS | {"sample": "247"}),
    (DRAW, DIGITS | {"way": "Example"}),
    (REJECT, COLOUR | {"superclass": "true"}),
    (REJECT, COLOUR | {"view": "Team"}),
    (REJECT, COLOUR | {"superclass": "true", "group_way": GROUPS, "threshold": "0.4"}),
    *((CALIBRATE, DIGITS | {"view": "Prediction sets", "sets_part": part}) for part in PARTS),
    (ERRORS, COLOUR | {"refuse": "true"}),
    (EXPLAIN, DIGITS | {"asked": "One class", "choose": "true"}),
    (EXPLAIN, DIGITS | {"asked": "Why this and not that", "spread": "true"}),
    (SHIFT, DIGITS | {"kind": "Shot noise"}),
]
STATES = EVERY_VIEW + FURTHER
# What an address need not restore, and why.
LEFT_OUT: dict[str | tuple[str, str], str] = {
    "run_name": "names a new run, and a second run cannot have the name",
    "Start training": "acts",
    "Start experiment": "acts",
    "own_experiment": "names a new experiment, and a second one cannot have the name",
    "own_text_quick": "is kept when it is saved, under its name",
    "Resume": "acts",
    "Delete…": "acts",
    "Compute 95 % intervals": "takes seconds, and what it computes is kept for all viewers",
    "Compute the feature scores": "takes minutes, and what it computes stays with the run",
    "A picture": "a file stays with its owner",
    "camera": "a photograph stays with its owner",
    "Table (CSV)": "gives a file",
    "Runs (CSV)": "gives a file",
    "Differences (CSV)": "gives a file",
    "Printable sheet (PDF)": "gives a file",
    **dict.fromkeys(("policy", "policy_sequence", "policy_sgr", "policy_cost"), "gives a file"),
    ("accuracy", REJECT): "stands as it was typed beside the threshold that was found for it, and that is restored",
    ("run_picker", SHIFT): "asks the next network about ten thousand images",
}
TRIAL = Trial(
    *[PixelCurve(np.linspace(0, 1, 3), np.full((2, 3), 0.5), np.full((2, 3), 0.5))] * 2,
    ("logits", "hidden"),
    {kind: np.zeros((3, 2)) for kind in ("signed", "ink", "absolute")},
    np.zeros((3, 28, 28), np.float32),
)


def few_logits(name, finished_at, kind, shared, everything):
    """Those of the first test images, as if nothing had been done to them."""
    return [runs.find(name).predictions("test").logits[: 20 if everything else 10]] * len(noise._strengths(kind))


@pytest.fixture(autouse=True)
def nothing_slow(monkeypatch):
    leave_out_what_is_slow(monkeypatch)


def leave_out_what_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Maps give way to what they depend on, in words, and what takes seconds is left out: other tests are about these."""

    def named(key, ask):
        return Refused(f"a map of {key}")

    for module in (maps, many, notes, spread):
        monkeypatch.setattr(module, "kept_or_asked", named)
    monkeypatch.setattr(trust, "measured", lambda *args: dict.fromkeys(args[4], TRIAL))
    monkeypatch.setattr(elsewhere, "show_table", lambda *args: None)
    monkeypatch.setattr(draw, "show_neighbors", lambda *args: None)  # those of the images looked at so far
    monkeypatch.setattr(draw, "familiarity_of", lambda *args: None)  # not known in the first seconds
    monkeypatch.setattr(draw, "remember", lambda *args: None)  # what was drawn stays with its owner
    monkeypatch.setattr(noise, "_logits", few_logits)
    monkeypatch.setattr(serving, "warm", lambda *args, **settings: None)


@pytest.fixture
def two_runs_of_ones_own(own_runs):
    for epochs in (1, 2):
        runs.create(RunConfig("mnist", "softmax_regression", epochs=epochs))


def elements(block: Block) -> Iterator[Element]:
    for child in block.children.values():
        if isinstance(child, Block):
            yield from elements(child)
        else:
            yield child


def widgets(app: AppTest) -> dict[str, Widget]:
    """All widgets that can be used, by their keys, or by their labels if they have none."""
    found = [each for each in elements(app._tree) if isinstance(each, Widget) and not each.disabled]
    return {each.key or each.label: each for each in found}


def changed(widget: Widget) -> WidgetState | None:
    """What the browser sends when a widget is set to another value; None if it has only one."""
    state = widget._widget_state
    match state.WhichOneof("value"):
        case "trigger_value":
            state.trigger_value = True
        case "bool_value":
            state.bool_value = not state.bool_value
        case "string_value":
            state.string_value = following(widget.options, state.string_value)
        case "string_array_value" if hasattr(widget.proto, "max_selections"):
            more = [option for option in widget.options if option not in state.string_array_value.data]
            state.string_array_value.data.extend(more[:1])
        case "string_array_value":
            state.string_array_value.data[:] = [following(widget.options, state.string_array_value.data[0])]
        case "int_value":
            state.int_value = 2
        case "double_array_value":
            state.double_array_value.data[:] = [moved(widget, state.double_array_value.data[0])]
        case "double_value":
            state.double_value = moved(widget, state.double_value)
        case None if isinstance(widget, NumberInput):
            state.double_value = moved(widget, widget.min)
        case kind:
            raise NotImplementedError(f"{widget.key or widget.label}: a {type(widget).__name__} of {kind}")
    return None if state == widget._widget_state else state


def following(options: list[str], value: str) -> str:
    return options[(options.index(value) + 1) % len(options)]


def moved(widget: Widget, value: float) -> float:
    up = value + widget.step
    return up if widget.max is None or up <= widget.max else value - widget.step


def write_as_the_browser_does(app: AppTest, widget: Widget, state: WidgetState) -> None:
    """The browser, not the server, writes the value of a bound widget into the address."""
    key = getattr(widget.proto, "query_param_key", "")
    if key:
        value = getattr(state, state.WhichOneof("value"))
        if hasattr(value, "data"):
            app.query_params[key] = [str(each) for each in value.data]
        else:
            app.query_params[key] = str(value).lower() if isinstance(value, bool) else str(value)


def seen(app: AppTest) -> dict[str, object]:
    """What is on the page: the value of each widget, and each text, chart and list of images."""
    found: dict[str, object] = {name: shown_value(widget) for name, widget in widgets(app).items()}
    others = (each for each in elements(app._tree) if not isinstance(each, (Widget, Toast)))
    for place, each in enumerate(others):
        found[f"{place}: {each.type}"] = content(each)
    return found


def shown_value(widget: Widget) -> str:
    if isinstance(widget, Button):
        return "a button"
    if isinstance(widget, NumberInput) and widget.proto.format and widget.value is not None:
        return widget.proto.format % widget.value
    return str(widget._widget_state).replace(widget.id, "")


def content(element: Element) -> object:
    proto = element.proto
    if element.type == "vega_lite_chart":
        return proto.spec, [(data.name, data.data.data) for data in proto.datasets]
    if element.type == "bidi_component":
        return proto.component_name, proto.json, proto.bytes, proto.mixed.SerializeToString()
    if element.type == "imgs":
        return [(image.url, image.caption) for image in proto.imgs]
    value = getattr(element, "value", None)
    return value.to_csv() if isinstance(value, pd.DataFrame) else value


def name_of(state: tuple[str, Query]) -> str:
    page, query = state
    return " ".join([page, *(value for key, value in query.items() if key != "run")])


@pytest.mark.parametrize("state", STATES, ids=name_of)
def test_an_address_restores_every_widget_and_what_is_seen(open_page, two_runs_of_ones_own, state):
    page, query = state
    lost = {}
    for name in widgets(open_page(page, **query)):
        app = open_page(page, **query)
        widget = widgets(app)[name]
        if name in LEFT_OUT or (name, page) in LEFT_OUT or (sent := changed(widget)) is None:
            continue
        write_as_the_browser_does(app, widget, sent)
        states = app._tree.get_widget_states()
        next(each for each in states.widgets if each.id == widget.id).CopyFrom(sent)
        app._run(states)
        assert not app.exception, (name, app.exception)
        before, after = seen(app), seen(open_page(page, **app.query_params))
        if before != after:
            differing = {
                key: (before.get(key), after.get(key)) for key in [*before, *after] if before.get(key) != after.get(key)
            }
            lost[name] = app.query_params, dict(list(differing.items())[:2])
    assert not lost, "\n".join(f"{name}: {str(what)[:900]}" for name, what in lost.items())


def bound(app: AppTest) -> list[str]:
    """The parameters of the address that Streamlit reads, each for a widget."""
    keys = (getattr(widget.proto, "query_param_key", "") for widget in widgets(app).values())
    return [key for key in keys if key]


READ_BY_HAND = ["run", "score", "threshold", "sample", "image", "opened", "watched"]
ODD = ["9" * 5000, "", "inf", "nan", "1e400", "1e308", "-1", "²", "long " * 400, "[x](http://e.com)"]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:10] or "empty")
@pytest.mark.parametrize("state", EVERY_VIEW, ids=name_of)
def test_an_odd_value_in_the_address_is_no_error_and_no_link(open_page, two_runs_of_ones_own, state, odd):
    page, query = state
    # What names the view and the run stays as it is, so that the view is reached, and is odd by itself.
    keys = {*bound(open_page(page, **query)), *READ_BY_HAND} - query.keys()
    for address in (query | dict.fromkeys(keys, odd), *(query | {key: odd} for key in query)):
        app = open_page(page, **address)
        for toast in app.toast:
            assert "[x](" not in toast.value
            assert len(toast.value) < 300


def test_all_parameters_that_are_read_by_hand_are_tried():
    read = re.compile(r'query_params(?:\.get\(|\.pop\(|\[)"(\w+)"')
    found = {key for file in (ROOT / "ui").rglob("*.py") for key in read.findall(file.read_text())}
    assert found == {*READ_BY_HAND}


def test_the_link_that_is_shared_from_draw_opens_the_example(open_page):
    app = open_page(DRAW, **DIGITS, way="Example", example="2 round")
    (shared,) = (
        each.proto.bytes for each in app.get("bidi_component") if each.proto.component_name == "wakaranai_share"
    )
    link = json.loads(shared.partition(b"\n")[0])["link"]
    again = open_page(DRAW, **dict(parse_qsl(link.partition("?")[2])))
    assert again.selectbox(key="example").value == "2 round"
    assert shown_value(again.slider(key="threshold")) == shown_value(app.slider(key="threshold"))


def test_another_data_set_begins_with_all_of_its_training_images(open_page):
    app = open_page(TRAIN, dataset="Oxford-IIIT Pet", architecture="pets_transfer")
    app.selectbox(key="dataset").select("mnist").run()
    assert app.number_input(key="images").value == 50_000


@pytest.mark.parametrize(
    ("page", "view", "key", "value"),
    [
        (ERRORS, "Label errors and human votes", "image", "10000"),
        (SHIFT, "Aleatoric vs epistemic", "opened", "fashion_mnist 10000"),
        (SHIFT, "Aleatoric vs epistemic", "opened", "nobody 3"),
        (TRAIN, "", "watched", "nobody"),
        (INSPECT, "", "page", "1e400"),
    ],
)
def test_what_an_address_names_and_is_not_here_is_said_once(open_page, two_runs_of_ones_own, page, view, key, value):
    app = open_page(page, **(COLOUR if page == ERRORS else DIGITS), view=view, **{key: value})
    assert len(app.toast) == 1
    assert key not in app.query_params
    app.run()
    assert not app.toast
