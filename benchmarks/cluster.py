"""Runs on a Ray cluster whose processes are killed: `python -m benchmarks.cluster --cells 30 --kills 20`.

The cluster has two nodes of one core each, on this machine. While it trains small runs, trainers and Ray's workers are
killed with SIGKILL while they load or after a random number of epochs, no run more than twice, because the third failed
attempt would be its last; after half of the kills one node is lost, and another one comes. Then each run that was interrupted is trained here without that, and the
logits for the test images are compared. Linux only, because it reads the list of processes.
"""

import argparse
import logging
import os
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import replace
from io import StringIO
from pathlib import Path
from unittest import mock

import numpy as np
from ray.cluster_utils import Cluster

from core.training import cells, cluster, machine, runs, trainer
from core.training.config import RunConfig
from core.training.runs import Run

SHORT = RunConfig("mnist", "softmax_regression", epochs=20, batch_size=50, num_train=2000)
MOST_KILLS = cells.MOST_ATTEMPTS - 1  # of one run
LATEST = 8  # epochs after which a run is killed
NODE = {"num_cpus": 1, "object_store_memory": 80 * 2**20}


class Killer:
    """Kills processes of the cluster while it trains.

    Args:
        nodes: the cluster, whose second node it takes away.
        todo: the runs that it may hurt.
        kills: how many processes to kill.
        rng: chooses whom and when.
    """

    def __init__(self, nodes: Cluster, todo: list[Run], kills: int, rng: random.Random) -> None:
        self._nodes, self._todo, self._kills, self._rng = nodes, {run.name: run for run in todo}, kills, rng
        self._second, self._epochs = nodes.add_node(**NODE), 0
        self.victims: Counter[str] = Counter()  # name of a run -> kills
        self.kinds: Counter[str] = Counter()
        self.nodes_lost = 0

    def look(self) -> None:
        """Kill a process if it is time for that; for `cluster.train`, which calls this once per second."""
        num_done = sum(run.status == "done" for run in self._todo.values())
        # Spread over all runs.
        if self.kinds.total() >= min(self._kills, self._kills * (num_done + 6) / len(self._todo)):
            return
        found = [
            victim
            for victim in _trainers()
            if victim[0] in self._todo
            and self.victims[victim[0]] < MOST_KILLS
            and self._todo[victim[0]].status != "done"
            and len(self._todo[victim[0]].history()) >= self._epochs
        ]
        if not found:
            return
        name, pid, parent = self._rng.choice(found)
        kind = self._rng.choice(["trainer", "worker of Ray"])
        with suppress(ProcessLookupError):
            os.kill(pid if kind == "trainer" else parent, signal.SIGKILL)
            self.victims[name] += 1
            self.kinds[kind] += 1
            self._epochs = self._rng.randint(0, LATEST)
        if self.kinds.total() >= self._kills / 2 and not self.nodes_lost:
            self.nodes_lost = 1
            self._nodes.remove_node(self._second, allow_graceful=False)
            # What trained there has failed once, too.
            self.victims.update(name for name, *_ in _trainers())
            self._second = self._nodes.add_node(**NODE)


def _trainers() -> list[tuple[str, int, int]]:
    """Name of the run, process id and parent's process id of each trainer at work on the cluster."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    found = []
    for line in listed.splitlines():
        if "core.training.trainer --attached" in line and "/trial-" in line:
            pid, parent, command = line.split(maxsplit=2)
            found.append((command.rsplit("/", 1)[-1], int(pid), int(parent)))
    return found


@contextmanager
def not_shared(is_shared: bool):
    """Whether nodes see the runs folder: on this machine they do, so they are told of a file that is not there."""
    if is_shared:
        yield
        return

    @contextmanager
    def elsewhere(parent: Path):
        yield parent / "nowhere"

    with mock.patch.object(cluster, "_token", elsewhere):
        yield


def unbroken(config: RunConfig, parent: Path) -> np.ndarray:
    """The test logits of a run of these settings that is trained here."""
    run = runs.create(config, f"unbroken-{config.seed}", parent)
    with redirect_stdout(StringIO()):
        trainer.main([str(run.folder)])
    return run.predictions("test").logits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--cells", type=int, default=30)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of the choice whom to kill")
    parser.add_argument(
        "--fetched", action="store_true", help="nodes do not see the runs folder: files are fetched through Ray"
    )
    asked = parser.parse_args()
    # Ray's workers have niceness 15 otherwise, and that of the trainer comes on top.
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}
    with tempfile.TemporaryDirectory() as folder:
        parent = Path(folder) / "runs"
        todo = [runs.create(replace(SHORT, seed=seed), f"trial-{seed:02}", parent) for seed in range(asked.cells)]
        broken = runs.create(SHORT, "trial-broken", parent)
        settings = (broken.folder / "config.json").read_text(encoding="utf-8")
        runs.write_text(
            broken.folder / "config.json", settings.replace('"backend": "tensorflow"', '"backend": "torch"')
        )
        head = NODE | {"include_dashboard": False, "_system_config": {"health_check_period_ms": 1000}}
        nodes = Cluster(initialize_head=True, head_node_args=head)
        try:
            with not_shared(not asked.fetched):
                train(todo, broken, nodes, asked.kills, random.Random(asked.seed))
        finally:
            nodes.shutdown()
        compare(todo, Path(folder))


def train(todo: list[Run], broken: Run, nodes: Cluster, kills: int, rng: random.Random) -> None:
    """Train on the cluster, twice, and print what happened."""
    killer, begun = Killer(nodes, todo, kills, rng), time.monotonic()
    ends = [*cluster.train([*todo, broken], nodes.address, look=killer.look)]
    seconds = time.monotonic() - begun
    outcomes = Counter(ended.outcome for ended in ends if ended.run != broken)
    here = machine.description("cpu")
    print(f"{here['processor']}, {here['cores']} cores, Python {here['python']}")
    print(f"| runs | {len(todo)}: {', '.join(f'{number} {outcome}' for outcome, number in outcomes.items())} |")
    print(f"| killed with SIGKILL | {', '.join(f'{number} × {kind}' for kind, number in killer.kinds.items())} |")
    print(f"| nodes lost | {killer.nodes_lost} |")
    attempts = Counter(cells.attempts(run).number for run in todo)
    print(f"| attempts per run | {', '.join(f'{number} runs {tries}' for tries, number in sorted(attempts.items()))} |")
    print(f"| time | {seconds:.0f} s |")
    (failed,) = [ended for ended in ends if ended.run == broken]
    print(
        f"| a run whose backend is not installed | {failed.outcome} after {cells.attempts(broken).number} attempts: {failed.why_not} |"
    )
    finished = {run.name: run.done() for run in todo}
    begun = time.monotonic()
    again = [*cluster.train(todo, nodes.address)]
    unchanged = finished == {run.name: run.done() for run in todo}
    print(
        f"| a second call | {len(again)} runs trained, nothing changed: {unchanged}, {time.monotonic() - begun:.2f} s |",
        flush=True,
    )


def compare(todo: list[Run], folder: Path) -> None:
    """Print how far the logits of interrupted runs are from those of runs that nobody interrupted."""
    differences = [
        float(np.abs(run.predictions("test").logits - unbroken(run.config, folder)).max())
        for run in todo
        if run.status == "done" and cells.attempts(run).number > 1
    ]
    equal = sum(difference == 0 for difference in differences)
    print(
        f"| logits equal to those of an unbroken run here | {equal} of {len(differences)} that were interrupted, largest difference {max(differences):g} |"
    )


if __name__ == "__main__":
    logging.getLogger("ray").setLevel(logging.ERROR)
    main()
