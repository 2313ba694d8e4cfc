"""The README promises two commands; what is promised is what is run."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readmes_test_command_is_the_one_that_is_run_before_anything_lands():
    command = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()[-1]
    assert command.endswith("-m pytest")
    assert f"    {command}\n" in README


def test_every_file_and_module_that_the_readme_names_is_there():
    for name in (
        "core.training.starter",
        "core.data.download",
        "benchmarks.app_speed",
        "benchmarks.metrics_speed",
        "benchmarks.training_speed",
        "benchmarks.classroom",
        "benchmarks.serving_speed",
    ):
        assert f"python -m {name}" in README
        assert (ROOT / (name.replace(".", "/") + ".py")).exists()
    for name in (
        "requirements.txt",
        "requirements-dev.txt",
        "requirements-gpu.txt",
        "screenshot.png",
        "starter/data/README.md",
        "docs/several-servers.md",
        "docs/nginx.conf",
    ):
        assert (ROOT / name).exists()
