"""The networks' process on a Ray cluster: `python -m core.serving.far FOLDER --ray ADDRESS`, in place of `core.serving.worker`.

It lets a node of the cluster start the worker, and passes bytes on between it and the socket in the folder. It reads none of
them: client and worker authenticate each other with the folder's key. It ends when the worker or its node ends; then the
client's next question starts another one, perhaps on another node. The node must see the folders of the runs at the same paths.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from core.serving import worker
from core.serving.protocol import Place
from core.training import cluster, runs

CONNECT_TIMEOUT = 10  # seconds in which the worker must accept a connection
PIECE = 2**16  # bytes that are passed on at once


class Host:
    """On a node: the worker, in a process of its own that ends with this one.

    Args:
        key: with which client and worker authenticate each other.
        arguments: more command line arguments of the worker.
    """

    def __init__(self, key: bytes, arguments: list[str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="wakaranai-", ignore_cleanup_errors=True)
        file = Path(self._folder.name) / "key"
        file.touch(mode=0o600)
        file.write_bytes(key)
        self._address = cluster.node_address()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "core.serving.worker", self._folder.name, "--host", self._address, *arguments],
            cwd=runs.ROOT, env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_FORCE_GPU_ALLOW_GROWTH": "true"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def place(self) -> tuple[str, int]:
        """Address and port of the worker, when it listens."""
        assert self._process.stdout
        return self._address, int(self._process.stdout.readline())

    def wait(self) -> int:
        """The exit status of the worker, when it has ended."""
        assert self._process.stdout
        self._process.stdout.read()  # so that it never waits for a reader
        return self._process.wait()


class Relay:
    """Passes bytes on between the clients at a socket and the worker.

    Args:
        path: of the socket.
    """

    def __init__(self, path: str) -> None:
        self._place: tuple[str, int] | None = None
        self._is_known = threading.Event()
        with suppress(FileNotFoundError):
            Path(path).unlink()  # left by a process that was killed
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(worker.BACKLOG)
        threading.Thread(target=self._serve, daemon=True).start()

    def to(self, place: tuple[str, int]) -> None:
        """Say where the worker is; clients that came before wait for that."""
        self._place = place
        self._is_known.set()

    def _serve(self) -> None:
        while True:
            client, _ = self._listener.accept()
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        self._is_known.wait()
        assert self._place
        try:
            far = socket.create_connection(self._place, CONNECT_TIMEOUT)
        except OSError:
            os._exit(1)  # the worker has gone; clients need not wait until the cluster notices
        with client, far:
            far.settimeout(None)
            far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=_pass_on, args=(far, client), daemon=True)
            back.start()
            _pass_on(client, far)
            back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    """Until one of the two ends; then both end, because a client that leaves cancels its question."""
    with suppress(OSError):
        while piece := source.recv(PIECE):
            target.sendall(piece)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="that only this user may enter; the socket is in it")
    parser.add_argument("--ray", required=True, metavar="ADDRESS", help="HOST:PORT of the cluster's head, or auto")
    parser.add_argument("--alone", action="store_true", help="outlive the process that starts it")
    asked, arguments = parser.parse_known_args()
    if sys.platform == "win32":
        print("Networks on a cluster need Linux or macOS. Start the app without WAKARANAI_RAY.", file=sys.stderr)
        return 1
    place = Place(asked.folder)
    place.make()
    lock = FileLock(place.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return 0  # another one listens there already
    if not asked.alone:
        threading.Thread(target=worker.end_with_parent, daemon=True).start()
    relay = Relay(place.address)
    try:
        with cluster.connected(asked.ray) as ray:
            host = ray.remote(num_cpus=1, max_restarts=0)(Host).remote(place.key, arguments)
            try:
                relay.to(ray.get(host.place.remote()))
                ray.get(host.wait.remote())
            except ray.exceptions.RayError as error:
                print(
                    cluster.sentence("The networks' process on the cluster ended", error), file=sys.stderr, flush=True
                )
            # At once, so that clients see that it has ended.
            os._exit(0)
    except cluster.ClusterUnavailable as error:
        print(error, file=sys.stderr, flush=True)
        os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
