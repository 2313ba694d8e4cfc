"""What the benchmarks share; their numbers are measured, not tested."""

import argparse
import random
import subprocess
import sys
from dataclasses import replace

import pytest

from benchmarks.classroom import percentiles, table
from benchmarks.seeds import spread, trained, with_seeds
from benchmarks.server import cpu_seconds, logged_errors, processes
from benchmarks.sessions import CONNECT, Rerun
from benchmarks.students import PASSES, drawing
from core.training.config import RunConfig


def test_a_run_is_trained_once_and_never_taken_for_another(own_runs):
    config = RunConfig("mnist", "softmax_regression", steps=1, num_train=100)
    finished = trained(config, "asked-for").done()["finished_at"]
    assert trained(config, "asked-for").done()["finished_at"] == finished
    with pytest.raises(SystemExit, match="was trained otherwise"):
        trained(replace(config, seed=1), "asked-for")


@pytest.mark.parametrize("seeds", [["3"], ["0", "3", "3"], ["0", "-1"]])
def test_one_seed_or_a_seed_twice_is_refused_in_a_sentence(seeds, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["benchmark", "--seeds", *seeds])
    with pytest.raises(SystemExit):
        with_seeds(argparse.ArgumentParser(), (0, 1))
    assert f"at least two seeds, all different and none below 0, got {' '.join(seeds)}" in capsys.readouterr().err


def test_a_spread_is_mean_and_sample_standard_deviation():
    assert spread([1.0, 3.0]) == "2.00 ± 1.41"
    assert spread([-1.0, 3.0], "+") == "+1.00 ± 2.83"


def test_percentiles_are_the_median_the_95th_and_the_largest():
    assert percentiles(range(101)) == (50.0, 95.0, 100.0)
    assert percentiles([2.0]) == (2.0, 2.0, 2.0)


def test_the_line_over_all_pages_leaves_out_connecting_and_the_passes():
    reruns = [
        Rerun(CONNECT, "connect", 9.0),
        Rerun("Shift", PASSES, 90.0, 800, 4096),
        Rerun("Reject", "threshold", 1.0, 40, 1024),
        Rerun("Home", "visit", 3.0, 60, 3072),
    ]
    header, *lines = table(reruns).splitlines()
    assert header.split() == ["seconds", "reruns", "median", "95", "%", "max", "messages", "KiB"]
    assert [line.rsplit(maxsplit=6) for line in lines] == [
        ["(connect)", "1", "9.00", "9.00", "9.00", "0", "0.0"],
        ["Home", "1", "3.00", "3.00", "3.00", "60", "3.0"],
        ["Reject, threshold", "1", "1.00", "1.00", "1.00", "40", "1.0"],
        ["Shift, passes", "1", "90.00", "90.00", "90.00", "800", "4.0"],
        ["all pages", "2", "2.00", "2.90", "3.00", "50", "2.0"],
    ]


def test_the_last_lines_of_tracebacks_are_found_in_a_log():
    log = "Traceback (most recent call last):\n  File x\nValueError: no\nINFO: fine\nkeras.errors.BadError\nValueError: no\n"
    assert logged_errors(log) == {"ValueError: no": 2, "keras.errors.BadError": 1}


def test_the_same_seed_draws_the_same_digit():
    first, again, other = (drawing(random.Random(seed), 224, 18) for seed in (0, 0, 1))
    assert first == again != other
    assert first["drawing"]["strokes"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_process_is_measured_without_its_children():
    child = "while True: pass"
    parent = f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {child!r}]); print(child.pid, flush=True); child.wait()"
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as process:
        busy = int(process.stdout.readline())
        try:
            before = cpu_seconds(process.pid)
            while cpu_seconds(busy) < 0.3:
                pass
            assert cpu_seconds(process.pid) - before < 0.1
            assert [found.pid for found in processes(process.pid)] == [process.pid, busy]
        finally:
            subprocess.run(["kill", str(busy)], check=True)
