"""The client of the networks' process, which it starts at the first question, and again whenever it has ended.

It uses `multiprocessing.connection` of the standard library, as `concurrent.futures` and loky do. Their executors do less
than is needed here: they answer in order, report no progress, cannot cancel a task that has started, and stay broken after
their worker was killed. The standard library's executor also runs the Streamlit page again in the child process, because it
imports `__main__` there. Here each question has its own connection: progress and the answer come through it, closing it
cancels the question, and if it ends without an answer, the process has died. Importing this module does not import Keras.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

from core.serving.protocol import Place, Question, Said, WorkerEnded

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT = 30  # seconds in which a started process must listen
TICK = 0.1  # seconds between two checks whether the answer is still wanted
ENDED = (
    "The process that runs the networks ended before it answered: it was killed, or memory ran out. "
    "Ask again, and a new one starts."
)


class Process:
    """One process that runs networks.

    Args:
        folder: holds its socket; only this user may enter it.
        is_shared: whether several servers use it; then it outlives the one that started it.
        environment: its environment variables, in addition to those of this process.
        arguments: more command line arguments of the module.
        module: which is run; `core.serving.worker`, or one that stands in for it.
    """

    def __init__(
        self, folder: Path, *, is_shared: bool = False, environment: dict[str, str] | None = None,
        arguments: tuple[str, ...] = (), module: str = "core.serving.worker",
    ) -> None:  # fmt: skip
        self._module = module
        self._place, self._is_shared = Place(folder), is_shared
        self._environment, self._arguments = environment or {}, arguments
        self._starts = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Id of the process that was last started from here; None if there is none or it has ended."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def ask(
        self,
        question: Question,
        progress: Callable[[float], None] | None = None,
        waiting: Callable[[], None] | None = None,
    ) -> Any:
        """The answer to a question.

        Args:
            question: the question.
            progress: called with the fraction done; raising from it cancels.
            waiting: called ten times per second while there is no answer; raising from it cancels.

        Raises:
            WorkerEnded: the process ended before it answered.
            NetworkUnavailable: the run has changed, or the network failed.
            ValueError: the function does not accept its arguments.
        """
        with self._begun(question, waiting) as connection:
            while True:
                said, value = _received(connection, waiting)
                if said is Said.ANSWER:
                    return value
                if said is Said.ERROR:
                    raise value
                if progress is not None:
                    progress(value)

    def close(self) -> None:
        """End the process that was started from here."""
        if self._process is not None:
            self._process.kill()
            self._forget()

    def _begun(self, question: Question, waiting: Callable[[], None] | None) -> Connection:
        """A connection whose question the process has read. If the process ends before that, a new one is started."""
        self._place.make()
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            with suppress(OSError, EOFError, AuthenticationError, WorkerEnded):
                connection = Client(self._place.address, authkey=self._place.key)
                try:
                    connection.send(question)
                    if _received(connection, waiting)[0] is Said.BEGUN:
                        return connection
                except BaseException:
                    connection.close()
                    raise
            self._start()
            if time.monotonic() > deadline:
                raise WorkerEnded(
                    f"The process that runs the networks did not start within {START_TIMEOUT} s. "
                    "The terminal that the app was started from says why."
                )
            if waiting is not None:
                waiting()
            time.sleep(0.02)

    def _start(self) -> None:
        with self._starts:
            if self.pid is not None:
                return
            self._forget()
            alone = ["--alone"] if self._is_shared else []
            # A process that is not shared ends when this pipe closes, that is, when this process ends.
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module, str(self._place.folder), *alone, *self._arguments],
                cwd=ROOT, env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_FORCE_GPU_ALLOW_GROWTH": "true"} | self._environment,
                stdin=subprocess.DEVNULL if self._is_shared else subprocess.PIPE, stdout=subprocess.DEVNULL,
                start_new_session=self._is_shared,
            )  # fmt: skip
            # Waited for, so that it does not stay in the process table after its end.
            threading.Thread(target=self._process.wait, daemon=True).start()

    def _forget(self) -> None:
        if self._process is not None:
            self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process = None


def _received(connection: Connection, waiting: Callable[[], None] | None) -> tuple[Said, Any]:
    try:
        while not connection.poll(TICK):
            if waiting is not None:
                waiting()
        return connection.recv()
    except (EOFError, OSError) as error:
        raise WorkerEnded(ENDED) from error
