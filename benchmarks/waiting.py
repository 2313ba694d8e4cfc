"""What runs that wait for their turn cost: `python -m benchmarks.waiting --runs 30`.

One run trains, the others wait. Printed are the CPU time and the memory of all processes but the trainer at work, and the time
that a page needs to read the status of every run. Linux only, because it reads /proc.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.server import Process, cpu_seconds, processes
from core.training import control, runs
from core.training.config import RunConfig
from core.training.runs import Run

READS = 20  # of all statuses


def trainers() -> list[Process]:
    """The processes that train and wait, all of them started from here."""
    return [process for process in processes(os.getpid()) if "core.training" in process.command]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--runs", type=int, default=30, help="that wait")
    parser.add_argument("--seconds", type=float, default=20, help="of measuring")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent).resolve() / "runs"
        os.environ |= {"WAKARANAI_RUNS": str(folder), "WAKARANAI_MOST_WAITING": str(1 + arguments.runs)}
        config = RunConfig("mnist", "softmax_regression", epochs=10_000)
        started: list[Run] = []
        try:
            for number in range(1 + arguments.runs):
                started.append(control.start(config, f"run-{number:02}"))
            while started[0].progress().get("phase") != "training":
                time.sleep(0.5)
            time.sleep(5)
            waiting = [process for process in trainers() if started[0].name not in process.command]
            before = sum(cpu_seconds(process.pid) for process in waiting)
            time.sleep(arguments.seconds)
            cores = (sum(cpu_seconds(process.pid) for process in waiting) - before) / arguments.seconds
            took = []
            for _ in range(READS):
                begun = time.perf_counter()
                statuses = [run.status for run in runs.all_runs()]
                took.append(1000 * (time.perf_counter() - begun))
            print(
                f"{statuses.count('waiting')} runs wait: {len(waiting)} processes, {cores:.3f} cores, "
                f"{sum(process.resident for process in waiting) / 1e6:,.0f} MB; status of all runs in {median(took):.1f} ms"
            )
        finally:
            for run in started[::-1]:
                control.stop(run)
            while trainers():
                time.sleep(0.5)


if __name__ == "__main__":
    main()
