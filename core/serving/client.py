"""The networks' process as seen by those who ask: started when first asked, and again whenever it has ended.

The standard library's `multiprocessing.connection` carries it, on which `concurrent.futures` and loky are built, too. Their
executors do less than is needed here: they answer in the order of asking, tell nothing while they work, cannot end what
they have begun, and stay broken once their worker was killed; the standard library's also runs the Streamlit page again
in the child, because it starts from whatever is `__main__`. Here a question is a connection: progress and the answer come
on it, closing it cancels, and its end without an answer means that the process died. Importing this module imports no
Keras.
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
START_TIMEOUT = 30  # seconds until a started process must listen
TICK = 0.1  # seconds between two looks whether the answer is still wanted
ENDED = (
    "The process that runs the networks ended before it answered: it was killed, or memory ran out. "
    "Ask again, and a new one starts."
)


class Process:
    """One process that runs networks.

    Args:
        folder: where it listens; only this user may enter it.
        is_shared: whether several servers ask it; then it outlives the one that started it.
        environment: variables that it gets beside this process's own.
        arguments: of `core.serving.worker`.
    """

    def __init__(
        self, folder: Path, *, is_shared: bool = False, environment: dict[str, str] | None = None,
        arguments: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self._place, self._is_shared = Place(folder), is_shared
        self._environment, self._arguments = environment or {}, arguments
        self._starts = threading.Lock()
        self._process: subprocess.Popen | None = None

    @property
    def pid(self) -> int | None:
        """Of the process that was started last from here, None if none was or if it has ended."""
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
            question: what is asked.
            progress: called with the fraction done; raising from it cancels.
            waiting: called ten times a second while there is no answer; raising from it cancels.

        Raises:
            WorkerEnded: the process ended before it answered.
            NetworkUnavailable: the run has changed, or the network failed.
            ValueError: the function refuses its arguments.
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
        """A connection on which the question was read. A process that ends before that, as an idle one may, costs nothing."""
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
            # A pipe that closes with this process ends a process that serves it alone.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "core.serving.worker", str(self._place.folder), *alone, *self._arguments],
                cwd=ROOT, env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_FORCE_GPU_ALLOW_GROWTH": "true"} | self._environment,
                stdin=subprocess.DEVNULL if self._is_shared else subprocess.PIPE, stdout=subprocess.DEVNULL,
                start_new_session=self._is_shared,
            )  # fmt: skip
            # Somebody has to collect it when it ends.
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
