"""Addresses, runs and files that want to put links, pictures or markup on a page."""

import io
import re
import shutil
import zipfile

import numpy as np
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from markdown_it import MarkdownIt

from core.metrics.detection import detection
from core.training import runs
from tests.pages.conftest import PAGES, ROOT
from ui.calibrate import VIEWS as CALIBRATE
from ui.compare import VIEWS as COMPARE
from ui.errors import VIEWS as ERRORS
from ui.explain import VIEWS as EXPLAIN
from ui.loaded import evidence
from ui.shift import VIEWS as SHIFT

MARK = "elsewhere"
SAID = f"![x](http://{MARK}.example/a.png) [log in](http://{MARK}.example) <b>{MARK}</b> :red[{MARK}] ${MARK}$ `{MARK}` www.{MARK}.org"
NAME = f"![x](http:{MARK}) [{MARK}](http:{MARK}) :red[{MARK}] `{MARK}` ${MARK}$"  # of a folder or file: no slash
MARKDOWN = MarkdownIt("commonmark", {"html": True})
# Fields that no element renders as Markdown: identifiers, data, and what is shown in a list or a table.
OTHER = {
    "id",
    "query_string",
    "url",
    "page",
    "page_script_hash",
    "spec",
    "data",
    "default",
    "proto_message",
    "placeholder",
    "key",
    "json",
    "raw_value",
    "raw_values",
}
TEXT_OPTIONS = {"selectbox", "multiselect"}
VIEW_PAGES = {
    "pages/6_Errors.py": ERRORS,
    "pages/9_Calibrate.py": CALIBRATE,
    "pages/5_Explain.py": EXPLAIN,
    "pages/7_Shift.py": SHIFT,
    "pages/8_Compare.py": COMPARE,
}
OPENED = [*((page, None) for page in PAGES), *((page, view) for page, views in VIEW_PAGES.items() for view in views)]


def parameters() -> set[str]:
    """Every name that a page reads in an address."""
    source = "\n".join(path.read_text() for path in (ROOT / "ui").rglob("*.py"))
    bound = set(re.findall(r'key="(\w+)"', source))
    return bound | set(re.findall(r'query_params(?:\.get\(|\.pop\(|\[)"(\w+)"', source))


def texts(message: Message, among: tuple[str, ...] = ()):
    """Every text that the browser renders as Markdown."""
    for field, value in message.ListFields():
        if field.name in OTHER or (field.name == "options" and TEXT_OPTIONS & set(among)):
            continue
        values = value if field.is_repeated else [value]
        if field.type == FieldDescriptor.TYPE_STRING:
            yield from values
        elif field.type == FieldDescriptor.TYPE_MESSAGE and not field.message_type.GetOptions().map_entry:
            for each in values:
                yield from texts(each, (*among, field.name))


def elements(block):
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from elements(child)
        if getattr(child, "proto", None) is not None:
            yield child


def assert_only_text(app) -> int:
    """That what the hostile strings say is text; how many places say it."""
    places = 0
    for element in elements(app._tree):
        for text in texts(element.proto, (element.type,)):
            if MARK not in text:
                continue
            places += 1
            for token in MARKDOWN.parse(text):
                assert token.type not in ("html_block", "code_block", "fence"), text
                for inline in token.children or []:
                    assert MARK not in str(inline.attrs), text
                    assert inline.type not in ("html_inline", "code_inline", "image"), text
            assert not re.search(rf"(?<!\\):red\[{MARK}|(?<!\\)\${MARK}|http://{MARK}|www\.{MARK}", text), text
    return places


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Intervals of ten resamples: what is said about them is the same, and here nobody reads the numbers."""
    monkeypatch.setattr(evidence, "detection", lambda ours, others, **_: detection(ours, others, num_resamples=10))


@pytest.fixture
def hostile_run(own_runs):
    """A finished run whose name and whose classes' names are Markdown."""
    folder = own_runs / NAME
    shutil.copytree(runs.STARTER / "mnist-small_cnn", folder)
    for split in ("test", "validation"):
        file = folder / f"predictions/{split}.npz"
        with np.load(file) as saved:
            arrays = dict(saved)
        arrays["class_names"] = np.array([f"{number} {SAID}" for number in range(10)])
        np.savez(file, **arrays)
    return folder.name


@pytest.mark.parametrize(("page", "view"), OPENED)
def test_what_an_address_says_is_text(open_page, page, view):
    app = open_page(page, **dict.fromkeys(parameters(), SAID) | ({"view": view} if view else {}))
    places = assert_only_text(app)
    # These have no sentence about their address; views of Compare may have one.
    assert places or page in ("app.py", "pages/1_Train.py") or view in COMPARE


# Superclasses are those of the data set's own classes.
@pytest.mark.parametrize(("page", "view"), [opened for opened in OPENED if opened[1] != "Superclasses"])
def test_what_a_run_calls_itself_and_its_classes_is_text(hostile_run, open_page, page, view):
    # Compare has a choice of its own, with many runs.
    chosen = (
        {"experiment": "Single runs", "runs": hostile_run} if page == "pages/8_Compare.py" else {"run": hostile_run}
    )
    app = open_page(page, **chosen, **({"view": view} if view else {}))
    assert assert_only_text(app)


def test_what_files_are_called_is_text(open_page):
    app = open_page("pages/7_Shift.py", run="mnist-small_cnn", view="Out-of-distribution data", foreign="My own images")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{SAID}.png", b"no picture")
    files = [
        (f"{NAME}.png", b"no picture", "image/png"),
        ("pictures.zip", packed.getvalue(), "application/zip"),
        (f"{NAME}.zip", b"no archive", "application/zip"),
    ]
    app.file_uploader(key="own_images").set_value(files).run()
    assert not app.exception
    assert assert_only_text(app) == 2  # the error about the archive, and the list of two files


def test_what_the_file_of_an_experiment_says_is_text(open_page, own_runs):
    own_runs.mkdir()
    settings = 'settings = {dataset = "mnist", architecture = "dense", epochs = 1}\nvariants = [{name = "a"}]\n'
    (own_runs / "good.toml").write_text(f"title = '{NAME}'\nabout = '{SAID}'\nseeds = [0]\n{settings}")
    (own_runs / "bad.toml").write_text(f"'{NAME}' = 3")
    (own_runs / f"{NAME}.toml").write_text("seeds = 3")
    app = open_page("pages/1_Train.py", train="Experiment", experiment="good")
    assert assert_only_text(app) == 4  # title, question, and two sentences about what is wrong


@pytest.mark.parametrize("page", ["pages/3_Draw.py", "pages/5_Explain.py"])
def test_what_one_file_is_called_is_text(open_page, page):
    if page == "pages/3_Draw.py":
        app = open_page(page, run="mnist-small_cnn")
        app.get_by_key("way").set_value("Upload").run()
        key = "file"
    else:
        app = open_page(page, run="mnist-small_cnn", of="Upload")
        key = "explained_file"
    app.file_uploader(key=key).set_value((f"{NAME}.png", b"no picture", "image/png")).run()
    assert assert_only_text(app)
