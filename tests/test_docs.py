"""The documentation promises commands, files and recipes; what is promised is there. test_results.py checks its figures."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
FOLDERS = r"(?:app|core|ui|pages|tests|starter|benchmarks|docs|\.streamlit|\.ci)"
FILE = re.compile(r"[\w./-]+\.(?:py|md|toml|txt|yaml|png|conf)")
README = (ROOT / "README.md").read_text(encoding="utf-8")

every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


def mentioned_paths(text: str) -> set[str]:
    """Every file or folder of the repository that a text names; `<name>` stands for one that a reader will make."""
    text = re.sub(r"https?://\S+|`[^`\n]*<[^`\n]*`", "", text)
    in_folders = re.findall(rf"(?<![\w/.$~-]){FOLDERS}/[\w./-]*", text)
    in_backticks = [quoted for quoted in re.findall(r"`([^`\s]+)`", text) if FILE.fullmatch(quoted)]
    return {path.rstrip(".") for path in (*in_folders, *in_backticks)}


def anchors(text: str) -> set[str]:
    """Where links into a document can point: its headings, as GitHub writes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def recipes() -> dict[str, str]:
    """Title -> text, of each recipe in CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    title_and_text = re.split(r"^### (Recipe .+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(title_and_text[::2], title_and_text[1::2], strict=True))


def test_the_readmes_test_command_is_the_one_that_is_run_before_anything_lands():
    command = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()[-1]
    assert command.endswith("-m pytest")
    assert f"    {command}\n" in README


def test_the_readmes_run_command_installs_what_is_missing_and_opens_the_app():
    (command,) = re.findall(r"^    (\[ .+ run app\.py)$", README, re.MULTILINE)
    for part in ("python3 -m venv .venv", "pip install -q -r requirements.txt", "&& .venv/bin/streamlit run app.py"):
        assert part in command


def test_the_readme_can_be_read_in_one_sitting():
    assert len(README.splitlines()) <= 150


def test_paths_are_found_with_and_without_backticks_but_not_in_addresses():
    text = (
        "See core/data and `docs/x.md`, `setup.py`, not https://a.org/core/y, `$HOME/docs/z`, `tests/test_<name>.py`."
    )
    assert mentioned_paths(text) == {"core/data", "docs/x.md", "setup.py"}


@every_document
def test_every_file_and_folder_that_is_named_exists(path):
    named = mentioned_paths(path.read_text(encoding="utf-8"))
    assert sorted(name for name in named if not any((base / name).exists() for base in (ROOT, path.parent))) == []


@every_document
def test_every_module_that_is_to_be_run_can_be(path):
    modules = set(re.findall(r"\b(?:python3?|py) -m ([\w.]+\w)", path.read_text(encoding="utf-8")))
    for name in sorted(modules):
        found = importlib.util.find_spec(name)
        assert found, f"there is no module {name}"
        is_package = found.submodule_search_locations is not None
        assert not is_package or importlib.util.find_spec(f"{name}.__main__"), f"{name} cannot be run"


@every_document
def test_every_link_leads_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), f"there is no heading for {link}"


def test_there_are_five_recipes_and_each_names_two_to_four_files():
    assert [title.split(":")[0] for title in recipes()] == [f"Recipe {number}" for number in range(1, 6)]
    for title, text in recipes().items():
        (line,) = re.findall(r"^Files: (.+)$", text, re.MULTILINE)
        files = re.findall(r"`([^`]+)`", line)
        assert 2 <= len(set(files)) == len(files) <= 4, title
        assert all((ROOT / name).is_file() for name in files), title
        assert {name for name in mentioned_paths(text) if FILE.fullmatch(name)} == set(files), title


def test_every_benchmark_is_listed():
    listed = (ROOT / "benchmarks/README.md").read_text(encoding="utf-8")
    for path in (ROOT / "benchmarks").glob("*.py"):
        if "__main__" in path.read_text(encoding="utf-8"):
            assert f"    python -m benchmarks.{path.stem} " in listed
