"""Fetch a data set from its publisher: `python -m core.data.download NAME`.

A download is first saved under a temporary name in the same folder, and replaces the old file only if its checksum is
right, so a broken download never replaces a good file. An archive is unpacked in the same way and then removed.
"""

import argparse
import shutil
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pooch
import requests

from core.data import sources
from core.data.formats.idx import DataDamaged
from core.data.sources import Source

Progress = Callable[[str, int, int], None]
TIMEOUT = 30  # seconds without an answer


class DownloadFailed(OSError):
    """No address gave the right file; existing files were not changed."""


class _Bar:
    """The progress bar that pooch expects; it passes on (file name, bytes done, total bytes)."""

    def __init__(self, file_name: str, progress: Progress) -> None:
        self.file_name, self.progress, self.total, self.done = file_name, progress, 0, 0

    def update(self, size: int) -> None:
        # pooch counts the last chunk as a whole one, and at the end adds the total once more.
        self.done = min(self.done + size, int(self.total)) if self.total else self.done + size
        self.progress(self.file_name, self.done, int(self.total))

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass


def download(name: str, progress: Progress = lambda file_name, done, total: None) -> Path:
    """Fetch every file of a data set that is missing or damaged in the download folder.

    Args:
        name: a name in `core.data.sources.SOURCES`.
        progress: called with file name, bytes done, total bytes (0 while unknown).

    Returns:
        The folder that now has all files.

    Raises:
        DownloadFailed: names the file, every address tried and what each answered.
    """
    source, folder = sources.source(name), sources.download_folder(name)
    if not source.archives:
        for file_name, sha256 in source.files.items():
            _fetch(file_name, f"sha256:{sha256}", source.addresses, folder, progress)
    elif not _is_whole(source, folder):
        for archive, checksum in source.archives.items():
            _fetch(archive, checksum, source.addresses, folder, progress)
            unpack(folder / archive, folder)
            (folder / archive).unlink()
    return folder


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a tar archive into a folder, replacing files of the same name.

    Args:
        archive: holds the folder's content, or a single folder of the same name.

    Raises:
        DownloadFailed: the archive is incomplete, or a member's path leads outside the folder; nothing was changed.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".unpacking-") as temporary:
        try:
            with tarfile.open(archive) as tar:
                # Refuses paths and links that lead outside, and devices.
                tar.extractall(temporary, filter="data")
        except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
            raise DownloadFailed(f"{archive} could not be unpacked: {error} Delete it and try again.") from error
        content = Path(temporary)
        if (content / folder.name).is_dir():
            content /= folder.name
        for path in sorted(content.rglob("*")):
            if path.is_file() and not path.is_symlink():
                goal = folder / path.relative_to(content)
                goal.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(path, goal)


def _is_whole(source: Source, folder: Path) -> bool:
    """Whether the folder has everything that the archives hold, as published."""
    if source.open_folder:
        try:
            return not source.open_folder(folder).is_sample
        except DataDamaged:
            return False
    return all(
        (folder / file_name).is_file() and pooch.file_hash(str(folder / file_name)) == sha256
        for file_name, sha256 in source.files.items()
    )


def _fetch(file_name: str, checksum: str, addresses: tuple[str, ...], folder: Path, progress: Progress) -> None:
    failures = []
    for address in addresses:
        fetcher = pooch.HTTPDownloader(progressbar=_Bar(file_name, progress), timeout=TIMEOUT)
        try:
            pooch.retrieve(address + file_name, checksum, file_name, folder, downloader=fetcher)
            return
        except (requests.RequestException, ValueError, OSError) as error:
            failures.append(f"{address + file_name}: {str(error).splitlines()[0]}")
    raise DownloadFailed(
        f"{file_name} could not be downloaded. "
        + " ".join(failures)
        + " Check the connection and try again, or put the "
        f"file into {folder} by hand."
    )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m core.data.download", description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=sources.SOURCES)
    pooch.get_logger().setLevel("WARNING")

    def show(file_name: str, done: int, total: int) -> None:
        share = f"{100 * done / total:5.1f} % of {total / 1e6:.1f} MB" if total else f"{done / 1e6:.1f} MB"
        print(f"\r{file_name}  {share}  ", end="", file=sys.stderr, flush=True)

    try:
        folder = download(parser.parse_args(arguments).name, show)
    except DownloadFailed as error:
        sys.exit(f"\n{error}")
    print(f"\nThe files are in {folder}.", file=sys.stderr)


if __name__ == "__main__":
    main()
