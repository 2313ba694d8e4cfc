"""Pages opened without a browser, by a command and not by pytest."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.metrics.detection import detection
from core.training import runs
from core.training.config import RunConfig
from tests.pages.conftest import leave_out_what_is_not_ours
from tests.pages.test_links import leave_out_what_is_slow
from ui.loaded import evidence


@contextmanager
def quick_pages() -> Iterator[Path]:
    """Pages without what takes seconds, and without what other tests are about. Yields their folder of runs."""
    with tempfile.TemporaryDirectory(prefix="wakaranai-attack-") as folder, pytest.MonkeyPatch.context() as patch:
        own = Path(folder) / "runs"
        patch.setenv("WAKARANAI_RUNS", str(own))
        leave_out_what_is_not_ours(patch)
        leave_out_what_is_slow(patch)
        patch.setattr(evidence, "detection", lambda ours, others, **_: detection(ours, others, num_resamples=10))
        yield own


def two_runs_of_ones_own() -> None:
    """Two runs that nobody has trained yet."""
    for epochs in (1, 2):
        runs.create(RunConfig("mnist", "softmax_regression", epochs=epochs))
