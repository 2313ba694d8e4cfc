"""Whether another process holds a file lock, asked without taking it."""

import os
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # mypy knows the module only as a module


def is_held(file: Path) -> bool:
    """Whether a process holds the lock, which is a `filelock.FileLock`. A lock without a file is not held.

    Processes that ask at the same time do not disturb each other: each asks for a shared lock, which only the exclusive
    one of the holder refuses.

    Raises:
        OSError: the file cannot be opened.
    """
    if not file.exists():
        return False
    if fcntl is None:
        with suppress(Timeout), FileLock(file, timeout=0):
            return False
        return True
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
