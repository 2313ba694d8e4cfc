"""The app on its own server, and the memory and CPU time of its processes. Linux only, because it reads /proc."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from core.training.runs import ROOT


class Process(NamedTuple):
    """A process with its memory."""

    pid: int
    command: str
    resident: int  # bytes


@contextlib.contextmanager
def served(folder: Path) -> Iterator[tuple[int, str]]:
    """The app on a free local port, with its runs in a folder. Yields process id and address; the server is always stopped."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"]
    address = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"WAKARANAI_RUNS": str(folder / "runs")}, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    try:
        _wait_for(address, server)
        yield server.pid, address
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        # Its child processes, if any are left.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)


def _wait_for(address: str, server: subprocess.Popen) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 60
    while True:
        try:
            direct.open(f"{address}/_stcore/health", timeout=1).close()
            return
        except OSError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("The app did not start within a minute; see `streamlit run app.py`.") from error
            time.sleep(0.1)


def logged_errors(log: str) -> Counter[str]:
    """The last lines of the tracebacks in a log."""
    return Counter(re.findall(r"^(?:\w+\.)*\w+(?:Error|Exception)(?::.*)?$", log, re.MULTILINE))


def cpu_seconds(pid: int) -> float:
    """User and system CPU time of a process, with all its threads, including ended ones, but without child processes."""
    # The clock of clock_getcpuclockid(3): utime + stime of /proc/PID/stat, but finer than hundredths of a second.
    return time.clock_gettime((~pid << 3) | 2)


def busy_seconds() -> float:
    """CPU time of all processes of the machine, over all cores."""
    user, nice, system, _, _, irq, softirq, *_ = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    return sum(map(int, (user, nice, system, irq, softirq))) / os.sysconf("SC_CLK_TCK")


def processes(pid: int) -> list[Process]:
    """A process and all its descendants, itself first."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
    family = [pid]
    for member in family:  # grows during the loop
        family += [child for child, parent in parents.items() if parent == member]
    found = []
    for member in family:
        with contextlib.suppress(OSError, IndexError):
            pages = int(Path(f"/proc/{member}/statm").read_text().split()[1])
            command = Path(f"/proc/{member}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            found.append(Process(member, command.strip(), pages * os.sysconf("SC_PAGE_SIZE")))
    return found


def memory(pid: int) -> str:
    """Resident memory of the server and its child processes, in MB, as text."""
    server, *children = (round(process.resident / 1e6) for process in processes(pid))
    return f"server {server:,} MB, children {', '.join(f'{child:,} MB' for child in children) or 'none'}"


async def idle(pid: int, patience: float = 60.0) -> None:
    """Wait until a process uses almost no CPU time for a second."""
    for _ in range(int(patience)):
        before = cpu_seconds(pid)
        await asyncio.sleep(1)
        if cpu_seconds(pid) - before < 0.02:
            return
