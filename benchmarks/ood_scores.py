"""MNIST in, Fashion-MNIST out: how well each score of `small_cnn` separates them, `python -m benchmarks.ood_scores`.

Trains the starter recipe with three seeds (about ten minutes on two CPU cores; runs that are trained already are used
again), then prints the mean and standard deviation over the seeds. In-distribution (ID) are the 10,000 MNIST test images,
out-of-distribution (OOD) the 10,000 Fashion-MNIST test images. The scores that compare features know the first 10,000
training images. Nothing was chosen on Fashion-MNIST.

A last table shows why the Mahalanobis distance is poor here: how long the features are (the Euclidean norm), and how
closely the distance follows their length among the OOD images (Spearman's rank correlation).
"""

import argparse
import os
from dataclasses import replace
from typing import TYPE_CHECKING

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from benchmarks.seeds import spread, trained, with_seeds
from core.data import datasets
from core.metrics.detection import Detection, detection
from core.metrics.evidence import Evidence, Reference, Training
from core.metrics.scores import SCORES
from core.training import runs
from core.training.passes import save_passes, saved_passes, summarized_passes
from core.training.starter import STARTERS

if TYPE_CHECKING:
    import keras  # imported late otherwise: training chooses the backend first

NUM_PASSES, NUM_REFERENCES = 100, 10_000
MEASURES = ("auroc", "aupr", "fpr95", "fpr95_in_positive")


def evidence_of(run: runs.Run, model: "keras.Model", name: str, images: NDArray[np.uint8]) -> Evidence:
    """Logits, features and Monte Carlo dropout of images; the passes are kept with the run under this name."""
    from core.models import inference

    passes = saved_passes(run, name, NUM_PASSES)
    if passes is None:
        passes = summarized_passes(model, images, NUM_PASSES, seed=0)
        save_passes(run, name, NUM_PASSES, passes)
    logits, features = inference.logits_and_features(model, images)
    return Evidence(logits, features, passes)


def measured(run: runs.Run) -> tuple[dict[str, Detection], dict[str, float]]:
    """How well each score of one run tells Fashion-MNIST from MNIST, and what the length of the features has to do with it.

    Returns:
        label of the score -> measures, and name -> value of the last table.
    """
    from core.models import inference

    model, train = run.model(), datasets.load("mnist", "train")
    features = inference.features(model, train.images[:NUM_REFERENCES])
    training = Training(features, train.labels[:NUM_REFERENCES], inference.last_layer_weights(model))
    reference = Reference(run.predictions("validation"), training)
    id_evidence, ood_evidence = (
        evidence_of(run, model, f"{name}-test", datasets.load(name, "test").images)
        for name in ("mnist", "fashion_mnist")
    )
    detections = {
        label: detection(score.values(id_evidence, reference), score.values(ood_evidence, reference), num_resamples=0)
        for label, score in SCORES.items()
    }
    id_length, ood_length = (np.linalg.norm(seen.features, axis=1) for seen in (id_evidence, ood_evidence))
    distance = SCORES["Mahalanobis"].values(ood_evidence, reference)
    return detections, {
        "ID length, mean": id_length.mean(),
        "OOD length, mean": ood_length.mean(),
        "Mahalanobis and length, OOD": spearmanr(distance, ood_length).statistic,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ood_scores", description=__doc__.splitlines()[0])
    # The starter's run with other seeds.
    per_seed = [
        measured(trained(replace(STARTERS["mnist-small_cnn"], seed=seed), f"ood-scores-seed-{seed}"))
        for seed in with_seeds(parser, (0, 1, 2)).seeds
    ]
    print("| score | AUROC | AUPR | FPR95, OOD positive | FPR95, ID positive |\n|---|---|---|---|---|")
    for label in SCORES:
        cells = [spread([100 * getattr(found[label], measure) for found, _ in per_seed]) for measure in MEASURES]
        print(f"| {label} | {' | '.join(cells)} |")
    print("\n| features of the last hidden layer | |\n|---|---|")
    for name in per_seed[0][1]:
        print(f"| {name} | {spread([lengths[name] for _, lengths in per_seed])} |")


if __name__ == "__main__":
    main()
