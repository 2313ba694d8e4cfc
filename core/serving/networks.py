"""Questions to a run's network: `Network` has the questions, `Networks` the processes that answer them."""

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.explanation import Explanation
from core.serving.client import Process
from core.serving.protocol import Question
from core.training import machine
from core.training.runs import Run


class Networks:
    """The processes that run networks: one for each GPU, or one on the CPU, or one on a Ray cluster.

    Optional environment variables: WAKARANAI_RAY (address of a cluster, see `core.serving.far`), WAKARANAI_NETWORKS (a folder; servers with the same folder share the processes),
    WAKARANAI_NETWORK_MEMORY (megabytes for the loaded networks of a process), WAKARANAI_NETWORK_IDLE (seconds without a
    question after which a process ends).
    """

    def __init__(self) -> None:
        shared = os.environ.get("WAKARANAI_NETWORKS")
        folder = Path(shared) if shared else Path(tempfile.mkdtemp(prefix="wakaranai-"))
        arguments = []
        for option, variable in (("--memory-megabytes", "MEMORY"), ("--idle-seconds", "IDLE")):
            if value := os.environ.get(f"WAKARANAI_NETWORK_{variable}"):
                arguments += [option, value]
        if os.environ.get("WAKARANAI_RAY"):
            far = ("--ray", os.environ["WAKARANAI_RAY"], *arguments)
            self._processes = [
                Process(folder / "cluster", is_shared=bool(shared), arguments=far, module="core.serving.far")
            ]
        else:
            gpus = [name for name in machine.devices() if name != "cpu"]
            self._processes = [
                Process(
                    folder / (gpu.replace(":", "") or "cpu"), is_shared=bool(shared),
                    environment=machine.visible_only(gpu) if gpu else None, arguments=tuple(arguments),
                )
                for gpu in gpus or [""]
            ]  # fmt: skip
        self._process_of: dict[str, Process] = {}
        if not shared:
            weakref.finalize(self, _end, self._processes, folder)

    @property
    def pids(self) -> list[int]:
        """Ids of the processes that were started from here and are alive."""
        return [process.pid for process in self._processes if process.pid is not None]

    def ask(
        self,
        question: Question,
        progress: Callable[[float], None] | None = None,
        waiting: Callable[[], None] | None = None,
    ) -> Any:
        """The answer of the process for the run's network; arguments and errors as for `Process.ask`."""
        # All questions to a run go to one process, so that only one loads it.
        following = self._processes[len(self._process_of) % len(self._processes)]
        process = self._process_of.setdefault(question.folder, following)
        return process.ask(question, progress, waiting)


def _end(processes: list[Process], folder: Path) -> None:
    for process in processes:
        process.close()
    shutil.rmtree(folder, ignore_errors=True)


def _question(function: str) -> Callable[..., Any]:
    """A method that calls a function of core, whose first argument is the model, in the networks' process."""

    def asked(
        network: "Network", *arguments: Any, progress: Callable[[float], None] | None = None, **settings: Any
    ) -> Any:
        return network.ask(function, *arguments, progress=progress, **settings)

    asked.__doc__ = f"The result of `{function}` for this network; arguments and errors as there, without the model."
    return asked


class Network:
    """One run's network. Each method calls a function of core in the networks' process: arrays in, arrays out.

    Args:
        run: a finished run, in its current state.
        ask: (question, progress) -> answer; `Networks.ask`, or a function that also shows the user that it waits.
    """

    def __init__(self, run: Run, ask: Callable[[Question, Callable[[float], None] | None], Any]) -> None:
        self._folder, self._finished_at, self._ask = str(run.folder.resolve()), run.done()["finished_at"], ask

    def ask(
        self, function: str, *arguments: Any, progress: Callable[[float], None] | None = None, **settings: Any
    ) -> Any:
        """The result of any function of core whose first argument is the model, by its full name."""
        wants_progress = progress is not None
        question = Question(self._folder, self._finished_at, function, arguments, settings, wants_progress)
        return self._ask(question, progress)

    def explain(
        self,
        method: str,
        images: NDArray[np.uint8],
        class_index: Any,
        progress: Callable[[float], None] | None = None,
        **settings: Any,
    ) -> Explanation:
        """What a saliency method says; method is a name in `core.metrics.explanation.METHOD_IS_SLOW`, the rest as there."""
        found: Explanation = self.ask(f"core.saliency.{method}", images, class_index, progress=progress, **settings)
        return found

    about = _question("core.serving.answers.about")
    nearest = _question("core.serving.answers.nearest")
    logits = _question("core.models.inference.logits")
    features = _question("core.models.inference.features")
    logits_and_features = _question("core.models.inference.logits_and_features")
    last_layer_weights = _question("core.models.inference.last_layer_weights")
    mc_dropout_probs = _question("core.models.inference.mc_dropout_probs")
    summarized_passes = _question("core.training.passes.summarized_passes")

    spread = _question("core.saliency.spread")
    cascade = _question("core.saliency.cascade")
    deletion_curve = _question("core.saliency.deletion_curve")
    insertion_curve = _question("core.saliency.insertion_curve")
