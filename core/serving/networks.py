"""Ask a run's network: `Network` has the questions, `Networks` the processes that answer them."""

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.serving.client import Process
from core.serving.protocol import Question
from core.training import machine
from core.training.runs import Run


class Networks:
    """The processes that run networks: one on a CPU; where there are several GPUs, one for each.

    Settings, all optional, from the environment: WAKARANAI_NETWORKS (a folder; servers that name the same one share the
    processes), WAKARANAI_NETWORK_MEMORY (megabytes that the loaded networks of a process may take), WAKARANAI_NETWORK_IDLE
    (seconds after which a process that nobody asks ends).
    """

    def __init__(self) -> None:
        shared = os.environ.get("WAKARANAI_NETWORKS")
        folder = Path(shared) if shared else Path(tempfile.mkdtemp(prefix="wakaranai-"))
        arguments = []
        for option, variable in (("--memory-megabytes", "MEMORY"), ("--idle-seconds", "IDLE")):
            if value := os.environ.get(f"WAKARANAI_NETWORK_{variable}"):
                arguments += [option, value]
        gpus = [name.removeprefix("gpu:") for name in machine.devices() if name.startswith("gpu:")]
        self._processes = [
            Process(
                folder / (f"gpu{gpu}" if gpu else "cpu"), is_shared=bool(shared),
                environment={"CUDA_VISIBLE_DEVICES": gpu} if gpu else None, arguments=tuple(arguments),
            )
            for gpu in gpus or [""]
        ]  # fmt: skip
        self._process_of: dict[str, Process] = {}
        if not shared:
            weakref.finalize(self, _end, self._processes, folder)

    @property
    def pids(self) -> list[int]:
        """Of the processes that were started from here and live."""
        return [process.pid for process in self._processes if process.pid is not None]

    def ask(
        self,
        question: Question,
        progress: Callable[[float], None] | None = None,
        waiting: Callable[[], None] | None = None,
    ) -> Any:
        """The answer of the process that has the run's network; arguments and errors as for `Process.ask`."""
        # A run stays where it was first asked, so that no two processes load it.
        following = self._processes[len(self._process_of) % len(self._processes)]
        process = self._process_of.setdefault(question.folder, following)
        return process.ask(question, progress, waiting)


def _end(processes: list[Process], folder: Path) -> None:
    for process in processes:
        process.close()
    shutil.rmtree(folder, ignore_errors=True)


def _question(function: str) -> Callable[..., Any]:
    """A question that a function of core answers, whose first argument is the model."""

    def asked(
        network: "Network", *arguments: Any, progress: Callable[[float], None] | None = None, **settings: Any
    ) -> Any:
        return network.ask(function, *arguments, progress=progress, **settings)

    asked.__doc__ = f"What `{function}` says of this network; arguments and errors as there, without the model."
    return asked


class Network:
    """One run's network. Each question is a function of core, called where the network is: arrays in, arrays out.

    Args:
        run: a finished run, as it is now.
        ask: (question, progress) -> answer; `Networks.ask`, or what shows a viewer that it waits.
    """

    def __init__(self, run: Run, ask: Callable[[Question, Callable[[float], None] | None], Any]) -> None:
        self._folder, self._finished_at, self._ask = str(run.folder.resolve()), run.done()["finished_at"], ask

    def ask(
        self, function: str, *arguments: Any, progress: Callable[[float], None] | None = None, **settings: Any
    ) -> Any:
        """The answer of any function of core by its full name, whose first argument is the model."""
        wants_progress = progress is not None
        question = Question(self._folder, self._finished_at, function, arguments, settings, wants_progress)
        return self._ask(question, progress)

    about = _question("core.serving.answers.about")
    nearest = _question("core.serving.answers.nearest")
    logits = _question("core.models.inference.logits")
    features = _question("core.models.inference.features")
    logits_and_features = _question("core.models.inference.logits_and_features")
    last_layer_weights = _question("core.models.inference.last_layer_weights")
    mc_dropout_probs = _question("core.models.inference.mc_dropout_probs")
    summarized_passes = _question("core.training.passes.summarized_passes")

    vanilla_gradient = _question("core.saliency.vanilla_gradient")
    gradient_x_input = _question("core.saliency.gradient_x_input")
    saliency = _question("core.saliency.saliency")
    integrated_gradients = _question("core.saliency.integrated_gradients")
    smooth_grad = _question("core.saliency.smooth_grad")
    grad_cam = _question("core.saliency.grad_cam")
    deconvnet = _question("core.saliency.deconvnet")
    guided_backprop = _question("core.saliency.guided_backprop")
    deep_lift = _question("core.saliency.deep_lift")
    occlusion = _question("core.saliency.occlusion")
    lrp = _question("core.saliency.lrp")
    lime = _question("core.saliency.lime")

    spread = _question("core.saliency.spread")
    cascade = _question("core.saliency.cascade")
    deletion_curve = _question("core.saliency.deletion_curve")
    insertion_curve = _question("core.saliency.insertion_curve")
