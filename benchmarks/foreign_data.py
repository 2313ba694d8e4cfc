"""MNIST in, Fashion-MNIST out: how well each score of `small_cnn` tells them apart, `python -m benchmarks.foreign_data`.

Trains the starter recipe with three seeds (about ten minutes on two CPU cores; what is trained already is used again),
then prints mean and standard deviation over the seeds. The test sets of both, 10,000 images each; the scores that compare
features know the first 10,000 training images. Nothing was chosen on Fashion-MNIST.
"""

import argparse
import os
from dataclasses import replace

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from benchmarks.seeds import spread, trained, with_seeds
from core.data import datasets
from core.metrics.detection import detection
from core.metrics.evidence import Evidence, Reference, all_scores
from core.training import runs
from core.training.passes import save_passes, saved_passes, summarized_passes
from core.training.starter import STARTERS

NUM_PASSES, NUM_REFERENCES = 100, 10_000


def measured(run: runs.Run) -> dict[str, dict[str, float]]:
    """Score -> measure -> value of one run."""
    from core.models import inference

    model = run.model()
    train = datasets.load("mnist", "train")
    reference = Reference(inference.features(model, train.images[:NUM_REFERENCES]), train.labels[:NUM_REFERENCES])
    scores = []
    for name in ("mnist", "fashion_mnist"):
        images = datasets.load(name, "test").images
        passes = saved_passes(run, f"{name}-test", NUM_PASSES)
        if passes is None:
            passes = summarized_passes(model, images, NUM_PASSES, seed=0)
            save_passes(run, f"{name}-test", NUM_PASSES, passes)
        evidence = Evidence(inference.logits(model, images), inference.features(model, images), passes)
        scores.append(all_scores(evidence, reference))
    own, foreign = scores
    return {name: vars(detection(own[name], foreign[name], num_resamples=0)) for name in own}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.foreign_data", description=__doc__.splitlines()[0])
    # The starter's run with other seeds.
    tables = [
        measured(trained(replace(STARTERS["mnist-small_cnn"], seed=seed), f"foreign-data-seed-{seed}"))
        for seed in with_seeds(parser, (0, 1, 2)).seeds
    ]
    print("| score | AUROC | AUPR | FPR95, out positive | FPR95, in positive |\n|---|---|---|---|---|")
    for name in tables[0]:
        cells = [
            spread([100 * table[name][measure] for table in tables])
            for measure in ("auroc", "aupr", "fpr95", "fpr95_in_positive")
        ]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
