"""The networks that are loaded now: as many as a memory budget allows, the last asked ones."""

import gc
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.serving.protocol import RunChanged
from core.training.runs import Run


@dataclass(eq=False)
class _Entry:
    """A loaded network.

    Attributes:
        stamp: what its file was like when it was read.
        model: the network.
        num_bytes: by how much the process grew while it was loaded, at least its weights.
    """

    stamp: tuple
    model: Any
    num_bytes: int


class KeptNetworks:
    """Loads a run's network when it is first asked, and again when its file is another.

    Args:
        memory_bytes: what all networks together may take; the one in use is kept in any case.
    """

    def __init__(self, memory_bytes: int) -> None:
        self._memory_bytes = memory_bytes
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def model(self, folder: str, finished_at: float) -> Any:
        """The network of a run.

        Raises:
            RunChanged: the run is not the one that ended then, or its network cannot be read. Nothing is remembered of
                a failure: a file that was repaired is read at the next question.
        """
        run = Run(Path(folder))
        try:
            if run.done().get("finished_at") != finished_at:
                raise FileNotFoundError("done.json")
            file = (run.folder / "model.keras").stat()
        except (OSError, ValueError) as error:
            self._entries.pop(folder, None)
            raise RunChanged(
                f"The run {run.name} was deleted, or trained again, since this page was drawn. Reload the page."
            ) from error
        stamp = finished_at, file.st_mtime_ns, file.st_size
        entry = self._entries.get(folder)
        if entry is None or entry.stamp != stamp:
            entry = self._load(run, stamp)
        self._entries.move_to_end(folder)
        return entry.model

    def make_room(self, in_use: str) -> None:
        """Forget the networks that were asked longest ago until the others are within the budget."""
        from core.serving.answers import held_bytes

        while len(self._entries) > 1:
            taken = sum(entry.num_bytes + held_bytes(entry.model) for entry in self._entries.values())
            oldest = next(name for name in self._entries if name != in_use)
            if taken <= self._memory_bytes:
                return
            del self._entries[oldest]
            gc.collect()  # a model and what was built from it refer to each other

    def _load(self, run: Run, stamp: tuple) -> _Entry:
        from core.serving.answers import warm

        before = _resident_bytes()
        try:
            model = run.model()
        except Exception as error:  # a broken file raises whatever its reader stumbles over
            self._entries.pop(str(run.folder), None)
            raise RunChanged(
                f"The network of the run {run.name} cannot be read: {error} Restore its model.keras or train it again."
            ) from error
        weights = sum(weight.nbytes for weight in model.get_weights())
        # Entered before it is warm: a question that gets its turn meanwhile finds it.
        entry = self._entries[str(run.folder)] = _Entry(stamp, model, weights)
        warm(model)
        entry.num_bytes = max(weights, _resident_bytes() - before)
        return entry


def _resident_bytes() -> int:
    """How much memory this process takes; 0 where the system does not say (then weights alone count)."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    except OSError:
        return 0
