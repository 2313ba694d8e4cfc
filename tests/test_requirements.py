"""Every package that the code imports is named in a requirements file, pinned, and no other package is."""

import ast
import re
import sys
from importlib.metadata import distributions, packages_distributions, version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
APP = ("core", "ui", "pages", "app.py")
DEVELOPMENT = ("tests", "benchmarks", "starter")
OWN = {"core", "ui", "tests", "benchmarks", "starter"}
# benchmarks/README.md says how to install these, which need another TensorFlow or PyTorch.
INSTALLED_APART = {"captum", "torch", "xplique"}
# In requirements-dev.txt without an import: commands, a plugin of pytest, and types for mypy.
NOT_IMPORTED = {"ruff", "mypy", "pip-audit", "pytest-cov", "pandas-stubs", "scipy-stubs", "types-requests"}
CLUSTER = {"ray"}  # imported by the app only to train on a cluster
# A virtual environment begins with these, whatever their version.
IN_EVERY_ENVIRONMENT = {"pip", "setuptools"}


def modules(*paths: str) -> set[str]:
    """Top-level modules that the Python files under these paths import, without the standard library and our own."""
    found: set[str] = set()
    for path in map(ROOT.joinpath, paths):
        for file in [path] if path.is_file() else path.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module)
    return {name.partition(".")[0] for name in found} - OWN - set(sys.stdlib_module_names)


def imported(*paths: str) -> set[str]:
    """Names of the distributions of these modules, as in a requirements file."""
    owners = packages_distributions()
    return {
        re.sub(r"[-_.]+", "-", distribution).lower()
        for module in modules(*paths) - INSTALLED_APART
        # A module that is not installed keeps its own name, and the test that misses it shows that.
        for distribution in set(owners.get(module, [module]))
    }


def required(file: str) -> dict[str, str]:
    """Distribution -> pinned version, of the lines of one requirements file."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith(("#", "-r ")))


def test_requirements_name_what_the_app_imports_and_nothing_else():
    assert set(required("requirements.txt")) == imported(*APP) - CLUSTER


def test_requirements_for_a_cluster_name_ray_alone():
    assert set(required("requirements-cluster.txt")) == CLUSTER


def test_development_requirements_name_what_else_tests_and_benchmarks_import():
    assert set(required("requirements-dev.txt")) == imported(*DEVELOPMENT) - imported(*APP) | NOT_IMPORTED


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-cluster.txt", "requirements-dev.txt"])
def test_pinned_versions_are_those_that_the_tests_run_with(file):
    assert required(file) == {name: version(name) for name in required(file)}


def locked(file: str) -> dict[str, tuple[str, int]]:
    """Distribution -> its locked version and the number of its hashes."""
    entries = re.findall(
        r"^([\w.-]+)(?:\[.*\])?==([\w.+-]+)(.*(?:\n +--hash.*)*)",
        (ROOT / file).read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    return {name: (number, hashes.count("--hash=sha256:")) for name, number, hashes in entries}


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_the_lock_pins_every_package_with_its_hashes_to_the_version_that_the_tests_run_with(name):
    lock = locked(f"{name}.lock")
    assert required(f"{name}.txt").items() <= {name: number for name, (number, _) in lock.items()}.items()
    assert all(hashes for _, hashes in lock.values())
    here = {re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower(): found.version for found in distributions()}
    assert {
        package for package, (number, _) in lock.items() if here.get(package, number) != number
    } <= IN_EVERY_ENVIRONMENT


def test_the_lock_of_the_tests_has_that_of_the_app_in_it():
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


@pytest.mark.parametrize("file", ["requirements.lock", "requirements-dev.lock"])
def test_the_lock_names_the_extras_that_packages_ask_for(file):
    # An older pip takes "coverage[toml]>=7" for a package without a pinned version, if the lock pins "coverage" alone, and
    # refuses the whole file as soon as a newer coverage is published.
    text = (ROOT / file).read_text(encoding="utf-8")
    asked = {
        (name.lower(), extra.strip())
        for distribution in distributions()
        if re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower() in locked(file)
        for line in distribution.requires or []
        if "extra ==" not in line
        for name, extras in re.findall(r"^([\w.-]+)\[(.+?)\]", line)
        for extra in extras.split(",")
    }
    missing = {
        (name, extra) for name, extra in asked if not re.search(rf"^{name}\[.*\b{extra}\b.*\]==", text, re.MULTILINE)
    }
    assert not missing


def test_imports_are_found_in_functions_too():
    assert "tensorflow" in modules("core/training")  # which imports it only inside a function
