"""What a node of a cluster does: it trains one run with the usual trainer, in the runs folder if it sees it, else in a copy.

The trainer is a process of its own, so that TensorFlow's memory is free afterwards. It ends when this process ends.
Importing this module does not import Keras, and not Ray.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.training import runs
from core.training.carried import Changes, Watched

LOOK_EVERY = 1.0  # seconds between two looks at what the trainer has written
END_TIMEOUT = 10  # seconds in which a trainer must end that has lost its parent
# What TensorFlow, PyTorch and the libraries below them read at their start. Ray sets only the second.
THREADS = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Order:
    """What a node needs to know to train a run.

    Attributes:
        folder: of the run, on the machine that ordered it.
        token: a file beside it with a name of its own; who sees this file works in the same folder.
        data: folder of the data sets there.
        num_cpus: threads to compute with.
    """

    folder: Path
    token: Path
    data: Path
    num_cpus: int


@dataclass(frozen=True)
class Begun:
    """The node has begun.

    Attributes:
        is_shared: whether it works in the folder of the run itself, and not in a copy.
    """

    is_shared: bool


def work(order: Order, files: Callable[[], Changes], gpus: Sequence[object] = ()) -> Iterator[Begun | Changes]:
    """Train the run once, until its trainer ends, however it ends.

    Args:
        order: which run.
        files: gives the content of its folder; called only if the node does not see the folder.
        gpus: numbers of the GPUs that the node has reserved for it.

    Returns:
        First `Begun`, then the changes in the copy of the folder, if it is one.
    """
    is_shared = order.token.exists()
    yield Begun(is_shared)
    if is_shared:
        for _ in _training(order, order.folder, gpus):
            pass
        return
    with tempfile.TemporaryDirectory(prefix="wakaranai-run-", ignore_cleanup_errors=True) as parent:
        folder = Path(parent) / order.folder.name
        watched = Watched(folder, known=files())
        for _ in _training(order, folder, gpus):
            if changes := watched.changes():
                yield changes
        if changes := watched.changes():
            yield changes


def _training(order: Order, folder: Path, gpus: Sequence[object]) -> Iterator[None]:
    """Train; gives a moment to look at the folder once per second."""
    device = ["--device", f"gpu:{gpus[0]}"] if gpus else []
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "core.training.trainer", "--attached", *device, str(folder)],
            cwd=runs.ROOT, env=_environment(order), stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        while process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_EVERY)
            yield
    finally:  # also when the task is cancelled
        if process.stdin:
            process.stdin.close()  # which ends the trainer
        try:
            process.wait(END_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment(order: Order) -> dict[str, str]:
    environment = os.environ | dict.fromkeys(THREADS, str(order.num_cpus))
    # A node without this folder keeps what was set where it was started.
    if order.data.is_dir():
        environment["WAKARANAI_DATA"] = str(order.data)
    return environment
