"""The loaded networks: the most recently used ones that fit into a memory budget."""

import gc
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.serving.protocol import RunChanged
from core.training.runs import Damaged, Run

Stamp = tuple[float, int, int]


@dataclass(eq=False)
class _Entry:
    """A loaded network.

    Attributes:
        stamp: end of the run, and modification time and size of the model's file, when it was loaded.
        model: the network.
        num_bytes: growth of the process's memory while it was loaded, at least the size of its weights.
    """

    stamp: Stamp
    model: Any
    num_bytes: int


class KeptNetworks:
    """Loads a run's network at its first question, and again when its file has changed.

    Args:
        memory_bytes: limit for all networks together; the one in use is always kept.
    """

    def __init__(self, memory_bytes: int) -> None:
        self._memory_bytes = memory_bytes
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def model(self, folder: str, finished_at: float) -> Any:
        """The network of a run.

        Raises:
            RunChanged: the run did not end at that time, or its network cannot be read. A failure is not remembered: a
                repaired file is read at the next question.
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
        """Remove the least recently used networks until the others fit into the memory budget."""
        from core.serving.answers import held_bytes

        while len(self._entries) > 1:
            taken = sum(entry.num_bytes + held_bytes(entry.model) for entry in self._entries.values())
            oldest = next(name for name in self._entries if name != in_use)
            if taken <= self._memory_bytes:
                return
            del self._entries[oldest]
            gc.collect()  # a model and what was built from it refer to each other

    def _load(self, run: Run, stamp: Stamp) -> _Entry:
        from core.serving.answers import warm

        before = _resident_bytes()
        try:
            model = run.model()
        except Exception as error:  # Keras may raise anything for a broken file
            self._entries.pop(str(run.folder), None)
            # Keras describes a broken file in a thousand lines.
            raise RunChanged(
                f"The network of the run {run.name} cannot be read: {Damaged(str(error))} "
                "Restore its model.keras or train it again."
            ) from error
        weights = sum(weight.nbytes for weight in model.get_weights())
        # Added before warm(), so that a question that gets its turn in the meantime finds it.
        entry = self._entries[str(run.folder)] = _Entry(stamp, model, weights)
        warm(model)
        entry.num_bytes = max(weights, _resident_bytes() - before)
        return entry


def _resident_bytes() -> int:
    """Memory of this process; 0 if the system does not tell (then only weights are counted)."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    except OSError:
        return 0
