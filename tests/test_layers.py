"""The arrows of the house: who may import whom, read from the source and not from a running program."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {"keras", "tensorflow"}
# What a package may import of core, and which third-party packages it must not touch.
ALLOWED = {
    "core.data": ({"core.data"}, HEAVY | {"altair", "streamlit"}),
    "core.metrics": ({"core.metrics"}, HEAVY | {"PIL", "altair", "pandas", "streamlit"}),
    "core.models": ({"core.models", "core.data"}, {"tensorflow", "altair", "streamlit"}),
    "core.training": (
        {"core.training", "core.models", "core.data", "core.metrics.predictions", "core.metrics.passes"},
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
        assert name.split(".")[0] not in banned, f"{path.name} must not import {name}"


@pytest.mark.parametrize("path", FRONT, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_front_never_imports_keras_and_no_page_imports_a_page(path):
    for name in imported(path):
        assert name.split(".")[0] not in HEAVY | {"pages", "app"}, f"{path.name} must not import {name}"
        assert not within(name, OF_KERAS) or within(name, OF_NUMBERS) or name == "core.models", (
            f"{path.name} must ask core.serving instead of importing {name}"
        )


def test_reading_a_saved_run_does_not_import_keras():
    code = (
        "import sys, ui, ui.gallery, ui.sample, ui.scores\n"
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
