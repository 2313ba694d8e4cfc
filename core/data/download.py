"""Fetch a data set from its publisher: `python -m core.data.download NAME`.

A download lands beside its goal under a temporary name and takes the goal's place only when its SHA-256 is right, so a
broken download never replaces a good file.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import pooch
import requests

from core.data import sources

Progress = Callable[[str, int, int], None]
TIMEOUT = 30  # seconds without an answer


class DownloadFailed(OSError):
    """No address gave the right file; what was there before is untouched."""


class _Bar:
    """What pooch wants of a progress bar, passed on as (file name, bytes done, bytes in all)."""

    def __init__(self, file_name: str, progress: Progress) -> None:
        self.file_name, self.progress, self.total, self.done = file_name, progress, 0, 0

    def update(self, size: int) -> None:
        # pooch counts whole chunks, also for the last one, and in the end adds the total once more.
        self.done = min(self.done + size, int(self.total)) if self.total else self.done + size
        self.progress(self.file_name, self.done, int(self.total))

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass


def download(name: str, progress: Progress = lambda file_name, done, total: None) -> Path:
    """Fetch every file of a data set that is missing or damaged where downloads go.

    Args:
        name: a name in `core.data.sources.SOURCES`.
        progress: called with file name, bytes done, bytes in all (0 while unknown).

    Returns:
        The folder that now has all files.

    Raises:
        DownloadFailed: names the file, every address tried and what each answered.
    """
    source, folder = sources.source(name), sources.download_folder(name)
    for file_name, sha256 in source.files.items():
        _fetch(file_name, sha256, source.addresses, folder, progress)
    return folder


def _fetch(file_name: str, sha256: str, addresses: tuple[str, ...], folder: Path, progress: Progress) -> None:
    failures = []
    for address in addresses:
        fetcher = pooch.HTTPDownloader(progressbar=_Bar(file_name, progress), timeout=TIMEOUT)
        try:
            pooch.retrieve(address + file_name, f"sha256:{sha256}", file_name, folder, downloader=fetcher)
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
