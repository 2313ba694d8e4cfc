"""Does a superclass term in the loss improve accuracy? Five patterns after the article's, over several seeds.

`python -m benchmarks.superclass_losses` trains `small_cnn` on CIFAR-10 (animal or vehicle) with each loss and each seed, and
prints mean and standard deviation over the seeds. Runs that are already trained are used again. With the same seed all
patterns start from the same weights and see the same batches, so the gain over plain cross-entropy is computed per seed.

Source:
    "CIFAR-10で「天然物か人工物かどうか」のフラグを入れて分類すると精度が上がるか?", which has `conv10`, Adam, batches of 512, 100
    epochs, and compares the best validation accuracy of five runs (of two patterns fifteen). Its term of class ranges, as
    printed, has no gradient; ours has one (`core.models.losses.index_ranges`).
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

from benchmarks.seeds import spread, trained, with_seeds
from core.data import sources
from core.metrics.hierarchy import group_answers
from core.models.sizes import NUM_PARAMETERS
from core.training.config import RunConfig
from core.training.runs import Run

# In the article's order: the loss, and the factor of the learning rate.
PATTERNS = {
    "+ superclass of the most probable class (hardmax)": ("superclass_hardmax", 1),
    "+ superclass, summed softmax": ("superclass", 1),
    "+ all ranges of classes": ("index_ranges", 1),
    "cross-entropy alone": ("cross_entropy", 1),
    "cross-entropy alone, ten times the rate": ("cross_entropy", 10),
}
PLAIN = "cross-entropy alone"


def measured(run: Run) -> tuple[float, float, float]:
    """In percent: best validation accuracy of any epoch; test accuracy after the last epoch, of classes and of superclasses."""
    test = run.predictions("test")
    groups = sources.source(run.config.dataset).groups
    return (
        100 * max(epoch["validation_accuracy"] for epoch in run.history()),
        100 * test.accuracy,
        100 * float(np.mean(group_answers(test, groups).correct)),
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.superclass_losses", description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="cifar10", choices=sources.SOURCES)
    parser.add_argument("--architecture", default="small_cnn", choices=NUM_PARAMETERS)
    parser.add_argument("--epochs", type=int, default=10)
    asked = with_seeds(parser, range(5))
    values = {}
    for pattern, (loss, times) in PATTERNS.items():
        rows = []
        for seed in asked.seeds:
            try:
                config = RunConfig(
                    asked.dataset, asked.architecture, "adam", 1e-3 * times, batch_size=512, epochs=asked.epochs, seed=seed, loss=loss
                )  # fmt: skip
            except ValueError as error:
                parser.error(str(error))
            name = f"losses-{asked.dataset}-{asked.architecture}-{asked.epochs}-{loss}-{times}-seed-{seed}"
            rows.append(measured(trained(config, name)))
        values[pattern] = np.array(rows)
    print(
        "| loss | best validation accuracy | test accuracy | gain over cross-entropy | test, superclass |\n|---|---|---|---|---|"
    )
    for pattern, found in values.items():
        best, test, superclass = found.T.tolist()
        gain = (found[:, 1] - values[PLAIN][:, 1]).tolist()
        print(f"| {pattern} | {spread(best)} | {spread(test)} | {spread(gain, '+')} | {spread(superclass)} |")


if __name__ == "__main__":
    main()
