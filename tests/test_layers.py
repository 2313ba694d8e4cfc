"""The arrows of the house: who may import whom, read from the source and not from a running program."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {"keras", "tensorflow"}
KEPT = ("predictions", "passes", "familiarity", "whitening")  # results that lie in the folder of a run
# What a package may import of core, and which third-party packages it must not touch.
ALLOWED = {
    "core.data": ({"core.data"}, HEAVY | {"altair", "streamlit"}),
    "core.metrics": ({"core.metrics"}, HEAVY | {"PIL", "altair", "pandas", "streamlit"}),
    "core.models": ({"core.models", "core.data"}, {"tensorflow", "altair", "streamlit"}),
    "core.training": (
        {"core.training", "core.models", "core.data", *(f"core.metrics.{kept}" for kept in KEPT)},
        {"altair", "streamlit"},
    ),
    "core.saliency": (
        {"core.saliency", "core.models", "core.data", "core.metrics.explanation"},
        {"altair", "streamlit"},
    ),
    "core.serving": (
        {"core.serving", "core.saliency", "core.models", "core.training", "core.data", "core.metrics"},
        {"tensorflow", "altair", "streamlit"},
    ),
    "core.views": ({"core.views", "core.metrics", "core.data"}, HEAVY | {"pandas", "streamlit"}),
}
MODULES = sorted(path for path in (ROOT / "core").rglob("*.py") if path.parent != ROOT / "core")
FRONT = sorted([ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "ui").rglob("*.py")])
UI = sorted((ROOT / "ui").rglob("*.py"))
SHARED = {"components", "loaded"}  # folders of ui that every page may use; each other folder is one page's
PAGE_LINES = 15  # at most
# What imports Keras when it is imported; the server asks it by way of core.serving.
OF_KERAS = {"core.models", "core.saliency"}
OF_NUMBERS = {"core.models.sizes"}  # arithmetic about networks, without Keras


def imported(path: Path) -> set[str]:
    """Every module that a file names in an import, also inside functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            names.add(node.module)
            if node.module.startswith("core"):
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def within(name: str, packages: set[str]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_core_module_imports_only_what_its_layer_may(path):
    own, banned = ALLOWED[".".join(path.relative_to(ROOT).parts[:2])]
    for name in imported(path):
        if name.startswith("core"):
            prefixes = {allowed[: len(name)] for allowed in own}
            assert within(name, own) or name in prefixes, f"{path.name} must not import {name}"
        assert name.split(".")[0] not in banned | {"ui", "pages", "app"}, f"{path.name} must not import {name}"


def test_ray_is_imported_in_one_module_of_core_and_only_inside_its_functions():
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in [*MODULES, *FRONT]}
    users = [path for path in trees if "ray" in {name.split(".")[0] for name in imported(path)}]
    assert [path.relative_to(ROOT).as_posix() for path in users] == ["core/training/cluster.py"]
    outside = [node for node in trees[users[0]].body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert "ray" not in {alias.name for node in outside for alias in node.names}


@pytest.mark.parametrize("path", FRONT, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_front_never_imports_keras_and_no_page_imports_a_page(path):
    for name in imported(path):
        assert name.split(".")[0] not in HEAVY | {"pages", "app"}, f"{path.name} must not import {name}"
        assert not within(name, OF_KERAS) or within(name, OF_NUMBERS) or name == "core.models", (
            f"{path.name} must ask core.serving instead of importing {name}"
        )


def folder_of(name: str) -> str | None:
    """The folder of ui that a module lies in; None for a module that lies in ui itself."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and (ROOT / "ui" / parts[1]).is_dir() else None


@pytest.mark.parametrize("path", UI, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_shared_code_imports_no_pages_folder_and_no_pages_folder_imports_anothers(path):
    inside = path.relative_to(ROOT / "ui").parts
    own = {inside[0]} if len(inside) > 1 else set()
    for name in imported(path):
        if within(name, {"ui"}):
            folder = folder_of(name)
            assert folder is None or folder in SHARED | own, f"{path.name} must not import {name}"


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=lambda path: path.name)
def test_a_page_file_is_short_and_is_in_the_list_of_pages(path):
    from ui.shell import PAGES

    assert len(path.read_text(encoding="utf-8").splitlines()) <= PAGE_LINES
    assert f"pages/{path.name}" in {page.file for page in PAGES.values()}


def test_every_page_in_the_list_has_its_file():
    from ui.shell import PAGES

    assert all((ROOT / page.file).is_file() for page in PAGES.values())


def test_the_types_are_right_for_mypy():
    result = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_reading_a_saved_run_does_not_import_keras():
    code = (
        "import sys, ui.shell, ui.decision, ui.components.samples\n"
        "from core.views import bars, curves, matrices, sheets\n"
        "from core.training import runs\n"
        "[run.predictions('test') for run in runs.all_runs() if run.status == 'done']\n"
        "print(sorted({'keras', 'tensorflow'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_source_is_clean_for_ruff():
    for arguments in (["check", "."], ["format", "--check", "."]):
        result = subprocess.run([sys.executable, "-m", "ruff", *arguments], cwd=ROOT, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr
