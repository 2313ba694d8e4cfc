"""Train runs on a Ray cluster: each run is one task, which a node of the cluster does with the usual trainer.

A node that sees the runs folder works in it; from another one the files are fetched through Ray after every epoch. So a run
whose node dies goes on elsewhere from its last checkpoint. Ray itself never repeats a task here (`max_retries=0`), because it
repeats one that ran out of memory without end: `core.training.cells` counts the attempts. Ray is imported when it is needed.
"""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any

from filelock import FileLock, Timeout

from core.training import carried, cells, on_node, queue, runs
from core.training.carried import Changes
from core.training.on_node import Begun, Order
from core.training.runs import Run
from core.training.writing import why

ANSWER_TIMEOUT = 5  # seconds in which the cluster must accept a connection
END_TIMEOUT = 20  # seconds in which a cancelled task must end
LOOK_EVERY = 1.0  # seconds
# Nodes get this folder's code and the data that came with the app; what git ignores is left out anyway.
NOT_SENT = ["/.git", "/.venv", "/docs", "/pages", "/starter/experiments", "/starter/runs", "/tests", "/ui"]


class ClusterUnavailable(RuntimeError):
    """The cluster cannot be used. The message is one sentence."""


class Cancelled(Exception):
    """The program that trains on the cluster is ending."""


@dataclass(frozen=True)
class Resources:
    """What Ray reserves for a run.

    Attributes:
        cpus: cores, and threads that the trainer computes with.
        gpus: for a run whose config names a GPU; 0.5 lets two runs share one. A run on the CPU gets none.
    """

    cpus: int = 1
    gpus: float = 1.0

    def of(self, run: Run) -> dict[str, float]:
        """Ray's name -> amount, for one run."""
        return {"num_cpus": self.cpus, "num_gpus": 0 if run.config.device == "cpu" else self.gpus}


@dataclass(frozen=True)
class Ended:
    """How the training of a run ended.

    Attributes:
        run: which.
        outcome: "done", "stopped" or "failed".
        why_not: a sentence that says why it failed; empty otherwise.
    """

    run: Run
    outcome: str
    why_not: str = ""


def train(
    todo: Sequence[Run],
    address: str,
    resources: Resources | None = None,
    look: Callable[[], None] = lambda: None,
) -> Generator[Ended, None, None]:
    """Train runs until each is done or stopped, or has failed as often as may be. What is done already is left out.

    Args:
        todo: in the order in which to begin; their folders lie in the same one.
        address: HOST:PORT of the cluster's head, or "auto" for the cluster that this machine is part of.
        resources: for each run.
        look: called once per second; raising from it ends everything.

    Returns:
        Each run as soon as it has ended. If the iterator is closed before, or Ctrl-C is pressed, what is being trained is
        cancelled, and can be resumed.

    Raises:
        ClusterUnavailable: Ray is not installed, the cluster does not answer, or no node of it has these resources.
    """
    todo = [run for run in todo if run.status != "done"]
    if not todo:
        return
    with connected(address) as ray, _token(todo[0].folder.parent) as token:
        tasks = _Tasks(ray, token, resources or Resources())
        tasks.check(todo)
        for run in todo:
            (run.folder / "stop").unlink(missing_ok=True)
        # A thread per run does nothing but wait for its node.
        with ThreadPoolExecutor(len(todo)) as threads:
            at_work: dict[Future[str], Run] = {}
            try:
                for run in todo:
                    is_asked = threading.Event()
                    end = threads.submit(cells.trained, run, partial(tasks.attempt, asked=is_asked.set))
                    at_work[end] = run
                    # In this order, because Ray begins with what it was asked for first.
                    while not (is_asked.wait(0.01) or end.done()):
                        pass
                while at_work:
                    look()
                    for end in wait(at_work, LOOK_EVERY, FIRST_COMPLETED).done:
                        yield _ended(at_work.pop(end), end)
            finally:
                tasks.ending.set()


def _ended(run: Run, end: "Future[str]") -> Ended:
    try:
        outcome = end.result()
        return Ended(run, outcome, run.error if outcome == "failed" else "")
    except runs.Damaged as error:
        return Ended(run, "failed", str(error))
    except OSError as error:
        return Ended(run, "failed", why(error))


class _Tasks:
    """The tasks on a cluster, one for each attempt to train a run."""

    def __init__(self, ray: Any, token: Path, resources: Resources) -> None:
        self._ray, self._token, self._resources = ray, token, resources
        self._task = ray.remote(max_retries=0, max_calls=1, num_returns="streaming")(_task)
        self.ending = threading.Event()

    def check(self, todo: Sequence[Run]) -> None:
        """See that for each run there is a node with what it needs."""
        nodes = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        for run in todo:
            need = self._resources.of(run)
            if not any(
                need["num_cpus"] <= has.get("CPU", 0) and need["num_gpus"] <= has.get("GPU", 0) for has in nodes
            ):
                raise ClusterUnavailable(
                    f"{run.name} needs {need['num_cpus']:g} CPUs and {need['num_gpus']:g} GPUs on one node, and no node of the "
                    "cluster has them. Ask for fewer, or add a node."
                )

    def attempt(self, run: Run, asked: Callable[[], None]) -> None:
        """Train the run once, on whatever node has room for it.

        Args:
            run: which.
            asked: called as soon as Ray has been asked for it, or something else is waited for.
        """
        # Somebody else may train it; or the trainer of a node that Ray has given up is still at work.
        while run.is_alive():
            asked()
            if self.ending.wait(LOOK_EVERY):
                raise Cancelled
        if run.status == "done" or (run.folder / "stop").exists():
            return
        queue.leave(run)
        order = Order(run.folder.resolve(), self._token, _data(), self._resources.cpus)
        # In a list it is a reference, which a node follows only if it needs the files.
        files = [self._ray.put(carried.content(run.folder))]
        stream = self._task.options(name=run.name, **self._resources.of(run)).remote(order, files)
        asked()
        lock, begun = FileLock(run.folder / "lock"), None
        try:
            for message in self._messages(run, stream):
                if isinstance(message, Changes):
                    carried.write(run.folder, message)
                else:
                    begun = time.monotonic()
                    if not message.is_shared:
                        # Held in place of the trainer, which holds that of its copy.
                        lock.acquire(timeout=0)
        except Timeout:  # somebody has begun to train it here in the meantime
            self._end(stream)
        except OSError:
            self._end(stream)
            raise
        finally:
            lock.release()
            if begun:
                cells.note_seconds(run, time.monotonic() - begun)

    def _messages(self, run: Run, stream: Any) -> Iterator[Begun | Changes]:
        """What the node says, until its task has ended; a task that is not wanted any more is cancelled."""
        while True:
            if self.ending.is_set() or (run.folder / "stop").exists():
                self._end(stream)
                if self.ending.is_set():
                    raise Cancelled
                return
            ready, _ = self._ray.wait([stream], timeout=LOOK_EVERY, fetch_local=False)
            if not ready:
                continue
            try:
                message = self._ray.get(next(stream))
            except StopIteration:
                return
            except self._ray.exceptions.RayError as error:
                self._note(run, error)
                return
            yield message

    def _end(self, stream: Any) -> None:
        """Cancel a task, and wait until it has ended."""
        deadline = time.monotonic() + END_TIMEOUT
        self._ray.cancel(stream)
        with suppress(StopIteration, self._ray.exceptions.RayError):
            while time.monotonic() < deadline:
                if self._ray.wait([stream], timeout=LOOK_EVERY, fetch_local=False)[0]:
                    self._ray.get(next(stream))
            self._ray.cancel(stream, force=True)

    def _note(self, run: Run, error: Exception) -> None:
        """Keep the reason why Ray could not do a task; the next attempt replaces it."""
        with suppress(OSError):
            if run.status not in ("done", "failed"):
                runs.write_text(run.folder / "error.txt", sentence("The cluster could not train it", error))


def sentence(what: str, error: Exception) -> str:
    """What happened, and the reason that Ray gives, without its advice."""
    cause = getattr(error, "cause", None)  # what was raised on the node
    text = f"{type(cause).__name__}: {cause}" if cause else str(error)
    return f"{what}: {' '.join(text.split()).partition('. ')[0].removesuffix('.')}."


def _task(order: Order, files: list[Any]) -> Iterator[Begun | Changes]:
    """On a node: train a run once."""
    import ray

    yield from on_node.work(order, lambda: ray.get(files[0]), ray.get_gpu_ids())


def node_address() -> str:
    """On a node: its address, at which the others reach it."""
    import ray

    address: str = ray.util.get_node_ip_address()
    return address


def _data() -> Path:
    return Path(os.environ.get("WAKARANAI_DATA") or runs.ROOT / "data").resolve()


@contextmanager
def _token(parent: Path) -> Iterator[Path]:
    """A file in the runs folder that only a node with the same disk sees."""
    token = parent.resolve() / f".cluster-{token_hex(8)}"
    token.touch()
    try:
        yield token
    finally:
        token.unlink(missing_ok=True)


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Ray, connected to a cluster; its nodes can import what is in core.

    Raises:
        ClusterUnavailable: Ray is not installed, or the cluster does not answer.
    """
    try:
        import ray
    except ImportError:
        raise ClusterUnavailable(
            "Ray is not installed here. Install it: pip install -r requirements-cluster.txt"
        ) from None
    _check_answers(address)
    terminated = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(
            address=address, log_to_driver=False, logging_level=logging.ERROR,
            runtime_env={"working_dir": str(runs.ROOT), "excludes": NOT_SENT},
        )  # fmt: skip
    except (OSError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ClusterUnavailable(
            f"The cluster at {address} cannot be used from here: {reason} docs/cluster.md says how to set one up."
        ) from error
    try:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, terminated)  # Ray has put in its own
        yield ray
    finally:
        ray.shutdown()


def _check_answers(address: str) -> None:
    """See that somebody listens at the address: Ray itself would try for a minute."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "/" in host:
        raise ClusterUnavailable(
            f"The address of a cluster is HOST:PORT, such as 192.168.0.2:6379, or auto; got {address}. "
            "`ray start --head` prints it."
        )
    try:
        socket.create_connection((host, int(port)), ANSWER_TIMEOUT).close()
    except (OSError, OverflowError):
        raise ClusterUnavailable(
            f"No cluster answers at {address}. Start one there with `ray start --head`, or check the address."
        ) from None
