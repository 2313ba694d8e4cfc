"""Every package that is imported is named in the requirements, and every named one is needed."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = {"app", "benchmarks", "core", "pages", "starter", "tests", "ui"}
# Imported by nothing of ours, and needed all the same.
COMMANDS = {"mypy", "ruff", "pytest-cov"}
STUBS = {"pandas-stubs", "scipy-stubs", "types-requests"}
# Only imported where it is installed: two benchmarks compare with them, and Keras has other backends.
OPTIONAL = {"captum", "jax", "torch", "xplique", "zennit", "innvestigate"}


def sources(*places: str) -> list[Path]:
    return [
        path for place in places for path in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
    ]


def packages(paths: list[Path]) -> set[str]:
    """The distributions that these files import."""
    modules = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                modules.add(node.module.split(".")[0])
    installed = packages_distributions()
    third_party = modules - OURS - OPTIONAL - set(sys.stdlib_module_names)
    return {installed[module][0].lower().replace("_", "-") for module in third_party}


def named(file: str) -> set[str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return {match[1].lower() for line in lines if (match := re.match(r"([\w-]+)(\[.*\])?==", line))}


APP = packages(sources("app.py", "pages", "ui", "core"))
REST = packages(sources("tests", "benchmarks", "starter"))


def test_what_the_app_imports_is_what_its_requirements_name():
    assert named("requirements.txt") == APP


def test_what_tests_and_benchmarks_import_besides_is_what_the_developers_requirements_name():
    assert named("requirements-dev.txt") == (REST - APP) | COMMANDS | STUBS


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt", "requirements-gpu.txt"])
def test_every_version_is_fixed(file):
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        assert line.startswith(("#", "-r ")) or re.fullmatch(r"[\w-]+(\[[\w-]+\])?==[\w.]+", line), line
