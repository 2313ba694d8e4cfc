"""Writing into a folder of runs, so that no reader sees half of a file and nothing unfinished is left."""

import errno
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)
CANNOT_WRITE = (*FULL, errno.EROFS)
PARTS_OF_PAGES = ("stop.part", "queued.part")  # pages write these, also while a trainer begins or ends


def write_text(path: Path, text: str) -> None:
    """Write a file atomically: a reader sees either the new file or the old one."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file atomically: a reader sees either the new file or the old one."""
    part = path.with_name(path.name + ".part")
    try:
        # Removed first: what lies there may be a link or a named pipe.
        part.unlink(missing_ok=True)
        with part.open("xb") as file:
            file.write(content)
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def make_folder(path: Path, files: dict[str, str]) -> bool:
    """Make a folder with these files, which appears only when it is complete.

    Returns:
        False if there is already something of this name.
    """
    if os.path.lexists(path):
        return False
    # A name of its own: that of an earlier attempt, which was killed, may still be there.
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        part.mkdir(parents=True)
        for name, text in files.items():
            write_text(part / name, text)
        part.replace(path)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY):  # somebody else was quicker
            return False
        raise
    return True


def remove_parts(folder: Path) -> None:
    """Remove what a trainer has left half written; only while no trainer writes."""
    with suppress(OSError):
        for part in (*folder.glob("*.part"), *folder.glob(".part-*"), *folder.glob("*/*.part")):
            if part.name not in PARTS_OF_PAGES:
                part.unlink(missing_ok=True)


def remove_checkpoints(folder: Path) -> None:
    """Remove what only an unfinished run needs."""
    with suppress(OSError):
        for name in ("checkpoint.keras", "best.keras"):
            (folder / name).unlink(missing_ok=True)


def why(error: OSError) -> str:
    """A sentence that says why something could not be written, and what helps."""
    # The writer of .keras files reports the number only in its text.
    if error.errno in FULL or "No space left" in str(error):
        return "The disk is full. Free some space and try again."
    if error.errno == errno.EROFS:
        return "The runs folder is read-only. Set WAKARANAI_RUNS to a folder that can be written."
    if error.errno in (errno.EACCES, errno.EPERM):
        return "The runs folder cannot be written: permission denied. Set WAKARANAI_RUNS to another folder."
    return f"{error.strerror or error}."


def obstacle(folder: Path) -> str:
    """A sentence that says why nothing can be written into this folder now; empty if something can."""
    try:
        if not os.access(folder, os.W_OK):
            return why(OSError(errno.EACCES, ""))
        if shutil.disk_usage(folder).free == 0:
            return why(OSError(errno.ENOSPC, ""))
    except OSError as error:
        return why(error)
    return ""
