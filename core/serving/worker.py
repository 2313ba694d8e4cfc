"""The process that runs trained networks: `python -m core.serving.worker FOLDER`; started by `core.serving.client`.

Each question has its own connection and its own thread, but only one computes at a time (`core.serving.turns`):
TensorFlow uses all cores for one question anyway, and two threads must not build models at the same time. The process ends
after a while without questions, or with the process that started it, which frees its memory.
"""

import argparse
import os
import pickle
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core.serving.kept import KeptNetworks
from core.serving.protocol import Function, NetworkUnavailable, Place, Question, Said
from core.serving.turns import Turns

BACKLOG = 128  # connections that may wait to be accepted
REPORT_EVERY = 0.1  # seconds
NICENESS = 5  # pages have priority if there are few cores


class Left(BaseException):
    """The client has left. Not an `Exception`, so that no `except Exception` on the way catches it as a failure."""


class Worker:
    """Answers questions until there are none for a while.

    Args:
        place: of the socket and the key.
        idle_seconds: after which it ends.
        memory_bytes: limit for all networks together.
        host: an address of this machine, to listen there instead, at a port that is printed.
    """

    def __init__(self, place: Place, idle_seconds: float, memory_bytes: int, host: str | None = None) -> None:
        self._turns, self._networks = Turns(), KeptNetworks(memory_bytes)
        self._idle_seconds = idle_seconds
        self._state = threading.Lock()
        self._num_open, self._last_asked = 0, time.monotonic()
        if host:
            self._listener = Listener((host, 0), backlog=BACKLOG, authkey=place.key)
            print(self._listener.address[1], flush=True)
            return
        with suppress(FileNotFoundError):
            Path(place.address).unlink()  # left by a process that was killed
        self._listener = Listener(place.address, backlog=BACKLOG, authkey=place.key)

    def serve(self) -> None:
        """Accept connections until the process ends."""
        threading.Thread(target=self._end_when_idle, daemon=True).start()
        while True:
            # A client that leaves while it connects must not end the process.
            with suppress(Exception):
                connection = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _end_when_idle(self) -> None:
        while True:
            time.sleep(min(1.0, self._idle_seconds / 4))
            with self._state:
                if self._num_open == 0 and time.monotonic() - self._last_asked > self._idle_seconds:
                    os._exit(0)  # with the lock held, so that no question begins now

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._state:
            self._num_open += 1
        try:
            yield
        finally:
            with self._state:
                self._num_open, self._last_asked = self._num_open - 1, time.monotonic()

    def _serve(self, connection: Connection) -> None:
        # OSError, EOFError: the client has gone.
        with connection, suppress(OSError, EOFError, Left):
            question = connection.recv_bytes()
            with self._counted():
                connection.send((Said.BEGUN, None))
                try:
                    reply = Said.ANSWER, self._answer(pickle.loads(question), connection)
                except Exception as error:
                    reply = Said.ERROR, _portable(error)
                connection.send(reply)

    def _answer(self, question: Question, connection: Connection) -> Any:
        with self._turns.taken() as let_others:

            def between() -> None:
                let_others()
                if connection.poll():  # a client sends nothing after its question, so it has closed the connection
                    raise Left

            from core.models.pieces import in_pieces

            with in_pieces(between):
                between()
                model = self._networks.model(question.folder, question.finished_at)
                settings = {name: _meant(value) for name, value in question.settings.items()}
                if question.wants_progress:
                    settings["progress"] = _Reporter(connection)
                answer = _core_function(question.function)(model, *map(_meant, question.arguments), **settings)
                self._networks.make_room(question.folder)
                return answer


class _Reporter:
    """Sends the progress to the client, at most ten times per second."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._next = connection, 0.0

    def __call__(self, fraction: float) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + REPORT_EVERY
            try:
                self._connection.send((Said.PROGRESS, float(fraction)))
            except OSError as error:
                raise Left from error


def _core_function(name: str) -> Any:
    module, _, function = name.rpartition(".")
    if not module.startswith("core."):
        raise ValueError(f"Only functions of core can be asked, got {name!r}.")
    return getattr(import_module(module), function)


def _meant(argument: Any) -> Any:
    """The argument itself, or the function that it names."""
    if not isinstance(argument, Function):
        return argument
    function = _core_function(argument.name)
    return partial(function, **argument.settings) if argument.settings else function


def _portable(error: Exception) -> Exception:
    """An error that the client can unpickle without TensorFlow: errors of core and ValueErrors, others as a sentence."""
    if type(error).__module__.startswith("core."):
        with suppress(Exception):
            return pickle.loads(pickle.dumps(error))
    if isinstance(error, ValueError):
        return ValueError(str(error))
    return NetworkUnavailable(f"The network could not answer: {type(error).__name__}: {error}")


def end_with_parent() -> None:
    """End with the parent: it holds the other end of standard input, which the system closes when the parent ends."""
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="that only this user may enter; the socket is in it")
    parser.add_argument("--idle-seconds", type=float, default=300)
    parser.add_argument("--memory-megabytes", type=int, default=2000)
    parser.add_argument(
        "--host", help="listen at this address of the machine instead of at the socket; prints the port"
    )
    parser.add_argument("--alone", action="store_true", help="outlive the process that starts it")
    arguments = parser.parse_args()
    place = Place(arguments.folder)
    place.make()
    lock = FileLock(place.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return  # another one listens there already
    if not arguments.alone:
        threading.Thread(target=end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    Worker(place, arguments.idle_seconds, arguments.memory_megabytes * 2**20, arguments.host).serve()


if __name__ == "__main__":
    main()
