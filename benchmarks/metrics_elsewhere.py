"""Our measures beside those of public libraries, in one process: values, CPU time, and which convention explains a difference.

    OTHER/bin/python -m benchmarks.metrics_elsewhere [RUN]

OTHER is an environment of its own, with whichever of the libraries it has: `pip install torch torchvision torch-uncertainty
torchmetrics netcal mapie scikit-learn`. RUN is the folder of a run, by default the CIFAR-10 network that comes along. Measures
are taken on its test predictions; temperature and sets are fitted on validation.
"""

import argparse
import importlib
import importlib.metadata
import logging
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import numpy as np

from core.metrics import calibration, conformal, conventions, detection, selective
from core.metrics.predictions import Predictions
from core.metrics.ranked import error_auroc, ranking
from core.metrics.smooth_calibration import smooth_calibration_error
from core.metrics.uncertainty import least_confidence

REPEATS = 5
LIBRARIES = ("torch-uncertainty", "torchmetrics", "netcal", "mapie", "scikit-learn", "torch")
DEFAULT = Path(__file__).resolve().parent.parent / "starter/runs/cifar10-conv10"
ALPHA = 0.1


def line(measure: str, library: str, function: Callable[[], Any], ours: float | None, why: str = "") -> float:
    """Print one row; the value."""
    try:
        value, seconds = float(function()), []
        for _ in range(REPEATS):
            start = time.process_time()
            function()
            seconds.append(time.process_time() - start)
    except ImportError as error:
        print(f"{measure:28} {library:34} not installed: {error.name}")
        return float("nan")
    difference = "" if ours is None else f"{value - ours:+.1e}"
    print(f"{measure:28} {library:34} {value:12.7f} {difference:>9} {1000 * median(seconds):9.1f} ms  {why}")
    return value


def module(name: str) -> Any:
    """A library, or an ImportError."""
    return importlib.import_module(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", nargs="?", type=Path, default=DEFAULT)
    run = parser.parse_args().run
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    validation, test = (Predictions.load(run / f"predictions/{split}.npz") for split in ("validation", "test"))
    for name in LIBRARIES:
        try:
            print(f"{name} {importlib.metadata.version(name)}", end="; ")
        except importlib.metadata.PackageNotFoundError:
            print(f"{name} not installed", end="; ")
    print(f"NumPy {np.__version__}\n{run.name}: {test.num_samples:,} test samples, accuracy {test.accuracy:.2%}\n")
    ranks(test)
    calibrated(test)
    temperature(validation)
    prediction_sets(validation, test)


def torch_metric(path: str, test: Predictions, **settings: Any) -> Callable[[], float]:
    """A metric of torchmetrics' kind, from "module:class", of probabilities in float32 and labels."""

    def value() -> float:
        torch = module("torch")
        torch.set_num_threads(1)
        where, name = path.split(":")
        metric = getattr(module(where), name)(**settings)
        metric.update(torch.tensor(test.probs, dtype=torch.float32), torch.tensor(test.labels))
        return float(metric.compute())

    return value


def ranks(test: Predictions) -> None:
    """Areas and points of the risk-coverage curve, by least confidence."""
    scores, right, of_torch = least_confidence(test.probs), test.correct, "torch_uncertainty.metrics.classification:"
    area = line("AURC", "ours", partial(selective.aurc, scores, right), None)
    trapezoids = "trapezoids from coverage 1/n on, rescaled; float32; ties in row order"
    line("AURC", "torch-uncertainty", torch_metric(of_torch + "AURC", test), area, trapezoids)
    errors = np.cumsum(~right[np.argsort(scores, kind="stable")])
    rescaled = partial(conventions.rescaled_area, errors / np.arange(1, len(errors) + 1))
    line("AURC", "ours by that convention", rescaled, area)
    line("AURC", "fd-shifts, by its formula / 1,000", lambda: conventions.shifted_area(scores, right) / 1000, area, "trapezoids between distinct scores")  # fmt: skip
    area = line("AUGRC", "ours", partial(selective.augrc, scores, right), None)
    line("AUGRC", "torch-uncertainty", torch_metric(of_torch + "AUGRC", test), area, trapezoids)
    line("AUGRC", "ours by that convention", partial(conventions.rescaled_area, errors / len(errors)), area)
    share = line("coverage at 5 % risk", "ours", partial(selective.coverage_at_risk, scores, right, 0.05), None)
    line("coverage at 5 % risk", "torch-uncertainty", torch_metric(of_torch + "CovAt5Risk", test), share)
    share = line("risk at 80 % coverage", "ours", lambda: 1 - selective.accuracy_at_coverage(scores, right, 0.8), None)
    line("risk at 80 % coverage", "torch-uncertainty", torch_metric(of_torch + "RiskAt80Cov", test), share)
    share = line("AUROC of errors", "ours", lambda: float(error_auroc(ranking(scores, right).whole())[0]), None)
    line("AUROC of errors", "scikit-learn", lambda: module("sklearn.metrics").roc_auc_score(~right, scores), share)

    def by_torchmetrics() -> float:
        torch = module("torch")
        metric = module("torchmetrics.classification").BinaryAUROC()
        metric.update(torch.tensor(scores), torch.tensor(~right).long())
        return float(metric.compute())

    line("AUROC of errors", "torchmetrics", by_torchmetrics, share)
    share = line("FPR95 of errors", "ours", partial(detection.fpr_at_tpr, scores[right], scores[~right]), None)

    def flagged(positive: int) -> float:
        torch = module("torch")
        metric = module("torch_uncertainty.metrics.classification").FPR95(pos_label=1)
        sign = 1 if positive else -1
        metric.update(torch.tensor(sign * scores), torch.tensor(right != bool(positive)).long())
        return float(metric.compute())

    line("FPR95 of errors", "torch-uncertainty", lambda: flagged(1), share)
    line("FPR95 of errors", "torch-uncertainty", lambda: flagged(0), share, "right answers positive")
    line("FPR95 of errors", "ours by that convention", partial(detection.fpr_at_tpr, -scores[~right], -scores[right]), share)  # fmt: skip


def calibrated(test: Predictions) -> None:
    """Measures of the probabilities."""
    probs, labels, of_torch = test.probs, test.labels, "torch_uncertainty.metrics.classification:"
    confidence, right = probs.max(axis=1), test.correct
    value = line("ECE, 15 bins", "ours", partial(calibration.expected_calibration_error, probs, labels), None)
    classes = test.num_classes
    line("ECE, 15 bins", "torchmetrics", torch_metric("torchmetrics.classification:MulticlassCalibrationError", test, num_classes=classes, n_bins=15), value, "float32; bins [lower, upper)")  # fmt: skip
    line("ECE, 15 bins", "torch-uncertainty", torch_metric(of_torch + "CalibrationError", test, task="multiclass", num_classes=classes, num_bins=15), value, "float32; bins [lower, upper)")  # fmt: skip
    line("ECE, 15 bins", "netcal", lambda: module("netcal.metrics").ECE(15).measure(probs, labels), value)

    def by_mapie(num_bins: int) -> float:
        return float(module("mapie.metrics.calibration").expected_calibration_error(right.astype(int), confidence, num_bins=num_bins))  # fmt: skip

    line("ECE, 15 bins", "mapie, num_bins=15", lambda: by_mapie(15), value, "15 edges, so 14 bins")
    line("ECE, 15 bins", "mapie, num_bins=16", lambda: by_mapie(16), value)
    value = line("adaptive ECE, 15 bins", "ours", partial(calibration.adaptive_calibration_error, probs, labels), None)
    line("adaptive ECE, 15 bins", "torch-uncertainty", torch_metric(of_torch + "AdaptiveCalibrationError", test, task="multiclass", num_classes=classes, num_bins=15), value, "float32")  # fmt: skip
    line("adaptive ECE, 15 bins", "netcal", lambda: module("netcal.metrics").ACE(15, equal_intervals=False).measure(probs, labels), value, "mean over bins, not weighted by their samples")  # fmt: skip
    value = line("classwise ECE, 15 bins", "ours", partial(calibration.classwise_calibration_error, probs, labels), None)  # fmt: skip
    line("classwise ECE, 15 bins", "torch-uncertainty", torch_metric(of_torch + "ClasswiseCalibrationError", test, num_classes=classes, num_bins=15), value, "float32; bins [lower, upper)")  # fmt: skip
    value = line("smooth ECE", "ours", partial(smooth_calibration_error, probs, labels), None)
    line("smooth ECE", "torch-uncertainty, reflected", torch_metric(of_torch + "SmoothCalibrationError", test, kernel_type="reflected"), value, "bandwidth to 1/1,000")  # fmt: skip
    line("smooth ECE", "torch-uncertainty, default", torch_metric(of_torch + "SmoothCalibrationError", test), value, "kernel over log-odds")  # fmt: skip
    value = line("Brier score", "ours", partial(calibration.brier_score, probs, labels), None)
    line("Brier score", "torch-uncertainty", torch_metric(of_torch + "BrierScore", test, num_classes=classes), value, "float32")  # fmt: skip
    line("Brier score", "scikit-learn", lambda: module("sklearn.metrics").brier_score_loss(labels, probs), value)
    line("Brier score", "scikit-learn, halved", lambda: module("sklearn.metrics").brier_score_loss(labels, probs, scale_by_half=True), value, "half of the sum")  # fmt: skip
    value = line("NLL (nats)", "ours", partial(calibration.negative_log_likelihood, test.logits, labels), None)
    line("NLL (nats)", "torch-uncertainty", torch_metric(of_torch + "CategoricalNLL", test), value, "float32")
    line("NLL (nats)", "scikit-learn", lambda: module("sklearn.metrics").log_loss(labels, probs), value)


def temperature(validation: Predictions) -> None:
    """The temperature of the validation predictions."""
    best = line("temperature", "ours", partial(calibration.fit_temperature, validation.logits, validation.labels), None)

    def by_torch_uncertainty() -> float:
        torch = module("torch")
        torch.manual_seed(0)
        scaler = module("torch_uncertainty.post_processing").TemperatureScaler(device="cpu")
        data = torch.utils.data.TensorDataset(torch.tensor(validation.logits), torch.tensor(validation.labels))
        scaler.fit(torch.utils.data.DataLoader(data, batch_size=len(data)), progress=False)
        return float(1 / scaler.inv_temperature[0].detach().reshape(-1)[0])

    line("temperature", "torch-uncertainty", by_torch_uncertainty, best, "LBFGS, float32")

    def by_netcal() -> float:
        scaling = module("netcal.scaling").TemperatureScaling()
        scaling.fit(validation.probs, validation.labels)
        return 1 / float(np.asarray(scaling.temperature).reshape(-1)[0])

    line("temperature", "netcal", by_netcal, best, "from probabilities")


def prediction_sets(validation: Predictions, test: Predictions) -> None:
    """Coverage and mean size of sets that should contain 90 % of the true classes."""
    for kind, scores in (("LAC", conformal.lac_scores), ("APS", conformal.aps_scores)):

        def own(scores: Callable[..., Any] = scores) -> Any:
            own_scores = conformal.true_class(scores(validation.probs), validation.labels)
            return conformal.sets(scores(test.probs), conformal.conformal_quantile(own_scores, ALPHA))

        def randomised() -> Any:
            rng = np.random.default_rng(0)
            of_validation, of_test = (
                conformal.aps_scores(split.probs, rng.random(split.num_samples)) for split in (validation, test)
            )
            own_scores = conformal.true_class(of_validation, validation.labels)
            return conformal.sets(of_test, conformal.conformal_quantile(own_scores, ALPHA))

        def by_mapie(kind: str = kind) -> Any:
            classifier = module("mapie.classification").SplitConformalClassifier(
                given_probabilities(test.num_classes),
                confidence_level=1 - ALPHA,
                conformity_score=kind.lower(),
                prefit=True,
            )
            classifier.conformalize(validation.probs, validation.labels)
            return classifier.predict_set(test.probs)[1][:, :, 0]

        def by_torch_uncertainty(kind: str = kind) -> Any:
            torch = module("torch")
            name, settings = {"LAC": ("ConformalClsTHR", {}), "APS": ("ConformalClsAPS", {"randomized": False})}[kind]
            predictor = getattr(module("torch_uncertainty.post_processing"), name)(
                alpha=ALPHA, model=torch.nn.Identity(), device="cpu", enable_ts=False, **settings
            )
            data = torch.utils.data.TensorDataset(torch.tensor(validation.logits), torch.tensor(validation.labels))
            predictor.fit(torch.utils.data.DataLoader(data, batch_size=len(data)))
            return np.asarray(predictor.conformal(torch.tensor(test.logits))) > 0

        others = {
            **({"ours, with random numbers": (randomised, "")} if kind == "APS" else {}),
            "mapie": (by_mapie, "" if kind == "LAC" else "random in calibration; one class more in prediction"),
            "torch-uncertainty": (by_torch_uncertainty, "interpolated quantile without + 1; best class always in"),
        }
        for measure, number in (
            (f"{kind} coverage, alpha 0.1", lambda sets: sets[np.arange(test.num_samples), test.labels].mean()),
            (f"{kind} mean size", lambda sets: sets.sum(axis=1).mean()),
        ):
            value = line(measure, "ours", lambda number=number, own=own: number(own()), None)
            for library, (sets, why) in others.items():
                line(measure, library, lambda number=number, sets=sets: number(sets()), value, why)


def given_probabilities(num_classes: int) -> Any:
    """A fitted classifier of scikit-learn's kind whose inputs are the probabilities themselves."""
    base = module("sklearn.base")

    class Given(base.ClassifierMixin, base.BaseEstimator):  # type: ignore[misc]
        classes_ = np.arange(num_classes)
        fitted_ = SimpleNamespace()

        def fit(self, inputs: Any, labels: Any) -> "Given":
            return self

        def predict_proba(self, inputs: Any) -> Any:
            return np.asarray(inputs)

        def predict(self, inputs: Any) -> Any:
            return np.asarray(inputs).argmax(axis=1)

    return Given()


if __name__ == "__main__":
    main()
