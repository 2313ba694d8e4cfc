"""Page Compare with a hundred runs of 10,000 test images each: `python -m benchmarks.compare_speed`.

The runs are copies of the shipped CIFAR-10 run with noise on its logits: 50 seeds of two losses. Times are those of the script
on the server, without a browser.
"""

import itertools
import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import streamlit as st
from streamlit.testing.v1 import AppTest

from benchmarks.classroom import percentiles
from core.metrics.predictions import Predictions
from core.training import machine, records, runs

NUM_SEEDS, TIMES_OPENED = 50, 5
LOSSES = {"plain": "cross_entropy", "natural-softmax": "superclass"}
CHANGES = {
    "measure": ("AURC", "ECE", "Accuracy: animal", "OOD AUROC", "Test accuracy"),
    "reference": ("superclass", "cross_entropy"),
    "curves": ("loss", "accuracy"),
    "against": ("seconds", "epochs"),
}
ROUNDS = 15
FILE = """title = "A hundred runs"
about = "For measuring."
seeds = {seeds}

[settings]
dataset = "cifar10"
architecture = "conv10"
epochs = 15

[[variants]]
name = "plain"

[[variants]]
name = "natural-softmax"
loss = "superclass"
"""


def make(folder: Path) -> None:
    """Write the runs and their experiment."""
    shipped = runs.Run(runs.STARTER / "cifar10-conv10")
    with np.load(shipped.folder / "logits/mnist.npz") as kept:
        out_logits = kept["logits"]
    for (variant, loss), seed in itertools.product(LOSSES.items(), range(NUM_SEEDS)):
        rng, run = np.random.default_rng([len(variant), seed]), folder / f"hundred--{variant}--seed-{seed}"
        for split in ("validation", "test"):
            kept = shipped.predictions(split)
            logits = kept.logits + rng.normal(scale=2, size=kept.logits.shape)
            Predictions(logits, kept.labels, kept.class_names).save(run / f"predictions/{split}.npz")
        (run / "logits").mkdir()
        noisy = np.float32(out_logits + rng.normal(scale=2, size=out_logits.shape))
        np.savez_compressed(run / "logits/mnist.npz", logits=noisy)
        config = json.loads((shipped.folder / "config.json").read_text())
        (run / "config.json").write_text(json.dumps(config | {"seed": seed, "loss": loss}))
        for name in ("done.json", "history.jsonl"):
            shutil.copy(shipped.folder / name, run / name)
    (folder / "hundred.toml").write_text(FILE.format(seeds=list(range(NUM_SEEDS))))


def forget() -> None:
    """Empty every cache of the app; the files stay in the system's cache."""
    st.cache_data.clear()
    st.cache_resource.clear()
    for kept in (records._checked, runs._config, runs._done, runs._history):
        kept.cache_clear()


def seconds(app: AppTest) -> float:
    """How long the script takes."""
    start = time.perf_counter()
    app.run()
    took = time.perf_counter() - start
    assert not app.exception, app.exception
    return took


def opened() -> AppTest:
    """A page that has been opened before, so that everything is imported."""
    app = AppTest.from_file(str(runs.ROOT / "app.py"), default_timeout=300)
    app.query_params["experiment"] = "hundred"
    app.switch_page("pages/8_Compare.py")
    return app


def main() -> None:
    print(machine.description("cpu"))
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        os.environ["WAKARANAI_RUNS"] = folder
        seconds(opened())
        first = []
        for _ in range(TIMES_OPENED):
            forget()
            app = opened()
            first.append(seconds(app))
        print(
            f"opened with {2 * NUM_SEEDS} runs, nothing kept: median {median(first):.2f} s, at most {max(first):.2f} s (n = {len(first)})"
        )
        changed = []
        for _ in range(ROUNDS):
            for key, values in CHANGES.items():
                for value in values:
                    app.selectbox(key=key).select(value)
                    changed.append(seconds(app))
        middle, late, longest = (1000 * value for value in percentiles(changed))
        print(
            f"a changed choice: median {middle:.0f} ms, 95th percentile {late:.0f} ms, at most {longest:.0f} ms (n = {len(changed)})"
        )


if __name__ == "__main__":
    main()
