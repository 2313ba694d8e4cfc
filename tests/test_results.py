"""What the documentation says about the trained models that come along is computed again, at the digits printed.

Times, results over several seeds, and the figures of the five texts cannot be.
"""

import re
from itertools import takewhile
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from benchmarks import aurc
from core.data import datasets, sources
from core.metrics.calibration import expected_calibration_error, fit_temperature
from core.metrics.comparison import paired_comparison
from core.metrics.confusion import error_logits, exceptional_errors, group_confusion
from core.metrics.detection import auroc
from core.metrics.features import unit_length
from core.metrics.fixed_sequence import fixed_sequence_of_split
from core.metrics.guarantee import sgr
from core.metrics.hierarchy import group_answers, group_threshold
from core.metrics.hierarchy_guarantee import guaranteed_groups
from core.metrics.intervals import share_interval
from core.metrics.measures import Trained, measured
from core.metrics.predictions import Predictions, softmax
from core.metrics.rejection import reject_outcome
from core.metrics.samples import selection_summary
from core.metrics.selective import accuracy_coverage_curve, threshold_at_coverage
from core.metrics.selective import aurc as area
from core.metrics.uncertainty import least_confidence, normalized_entropy
from core.metrics.whitening import whitened_classes
from core.training import runs
from core.training.starter import STARTERS

ROOT = Path(__file__).resolve().parent.parent
README, RESULTS, BENCHMARKS = (
    (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/results.md", "benchmarks/README.md")
)
GROUPS = sources.source("cifar10").groups


def table(text: str, column: str) -> list[dict[str, str]]:
    """The rows, column -> cell, of the one table in a text that has this column."""
    lines = text.splitlines()
    (first,) = (number for number, line in enumerate(lines) if line.startswith("|") and f"| {column} |" in line)
    columns, _, *rows = (
        [cell.strip() for cell in line[1:-1].split("|")]
        for line in takewhile(lambda line: line.startswith("|"), lines[first:])
    )
    return [dict(zip(columns, row, strict=True)) for row in rows]


def cells(text: str, column: str) -> list[str]:
    """One column of a table."""
    return [row[column] for row in table(text, column)]


def says(text: str, words: str) -> bool:
    """Whether a text has these words, wherever its lines break."""
    return words in " ".join(text.split())


def percent(share: float, digits: int = 2) -> str:
    return f"{100 * share:.{digits}f} %"


def predictions(name: str, split: str = "test") -> Predictions:
    return runs.find(name).predictions(split)


def unsure(seen: Predictions) -> np.ndarray:
    """The samples without a class that has half of the probability."""
    return np.flatnonzero(least_confidence(seen.probs) > 0.5)


def temperature(name: str) -> float:
    seen = predictions(name, "validation")
    return fit_temperature(seen.logits, seen.labels)


def at_temperature(name: str) -> Predictions:
    seen = predictions(name)
    return Predictions(seen.logits / temperature(name), seen.labels, seen.class_names)


@pytest.fixture(scope="module")
def small_cnn() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Logits and features of `mnist-small_cnn`: of the first 10,000 MNIST training images, and of two test sets."""
    from core.models import inference

    model = runs.find("mnist-small_cnn").model()
    images = {
        "train": datasets.load("mnist", "train").images[:10_000],
        "mnist": datasets.load("mnist", "test").images,
        "fashion_mnist": datasets.load("fashion_mnist", "test").images,
    }
    return {name: inference.logits_and_features(model, these) for name, these in images.items()}


def test_a_table_is_read_into_dicts():
    text = "| run | n |\n|---|---|\n| other | 1 |\n\n| | ours |\n|---|---|\n| errors | 3 |\n| ties | |\nand so on"
    assert table(text, "ours") == [{"": "errors", "ours": "3"}, {"": "ties", "ours": ""}]


def test_the_trained_models():
    rows = table(RESULTS, "accuracy of the others")
    for name, row in zip(STARTERS, rows, strict=True):
        seen, config = predictions(name), runs.find(name).config
        found = selection_summary(seen, unsure(seen))
        assert list(row.values())[1:] == [
            percent(seen.accuracy),
            f"{found.num_chosen}",
            percent(found.accuracy_chosen, 1),
            percent(found.accuracy_others),
        ], name
        # The other numbers of a row are settings, or numbers of images.
        num_images = (config.num_train or 0) + seen.num_samples + predictions(name, "validation").num_samples
        known = {str(value) for value in (*vars(config).values(), num_images, seen.num_samples)}
        assert set(re.findall(r"(?<= )[\d.]*\d(?=[ ,]|$)", row["run"].replace("1,000", "1000"))) <= known, name
    assert says(RESULTS, f"n = {predictions('mnist-dense').num_samples:,} test images (pets: {seen.num_samples})")
    assert says(RESULTS, f"`mnist-small_cnn` ({percent(predictions('mnist-small_cnn').accuracy)}), which was")


def test_refusing_the_least_certain():
    in_readme, in_results = table(README, "accuracy when 95 % are answered"), table(RESULTS, "test images answered")
    coverages = []
    for name, short, long in zip(STARTERS, in_readme, in_results, strict=True):
        validation, test = predictions(name, "validation"), predictions(name)
        chosen = accuracy_coverage_curve(least_confidence(validation.probs), validation.correct)
        found = reject_outcome(least_confidence(test.probs), test.correct, threshold_at_coverage(chosen, 0.95))
        caught = f"{found.errors_caught} of {found.errors_caught + found.errors_left}"
        accuracy = percent(found.accuracy_accepted)
        assert f"`{name}`" in short["model"]
        assert list(short.values())[1:] == [percent(test.accuracy), accuracy, caught], name
        assert list(long.values())[1:] == [percent(found.coverage), accuracy, caught], name
        coverages.append(100 * found.coverage)
    assert f"a sample with {test.num_samples} test images" in short["model"]
    few = f"{found.num_accepted} of the {test.num_samples} pets"
    assert says(README, f"{min(coverages[:-1]):.1f} to {max(coverages[:-1]):.1f} % of the test images, and {few}.")


def test_underconfidence_and_temperature():
    first, second = "cifar10-conv10", "cifar10-conv10-superclass"
    sure, sure_with_flag = (predictions(name).probs.max(axis=1).mean() for name in (first, second))
    assert says(RESULTS, f"mean largest probability {100 * sure:.1f} and {percent(sure_with_flag, 1)}")
    assert says(RESULTS, f"({100 * sure_with_flag:.1f} instead of {percent(sure, 1)})")
    left = " and ".join(str(len(unsure(at_temperature(name)))) for name in (first, second))
    assert says(RESULTS, f"({temperature(first):.2f} and {temperature(second):.2f}; lowest cross-entropy)")
    assert says(RESULTS, f"there are {left} such images")
    before, after = (percent(error_logits(seen).share_close, 1) for seen in (predictions(first), at_temperature(first)))
    assert says(RESULTS, f"({temperature(first):.2f}), {after} of the errors have their top two within 1, not {before}")
    smoothing = runs.find(first).config.label_smoothing
    true, other = 1 - smoothing + smoothing / 10, smoothing / 10
    assert says(
        RESULTS,
        f"label smoothing of {smoothing}, which is best met when the true class's logit is only "
        f"log({true:.2f} / {other:.2f}) = {np.log(true / other):.1f} above the others",
    )


def test_the_pets_interval_and_the_time_of_conv10():
    seen, run = predictions("oxford_pets-pets_transfer"), runs.find("cifar10-conv10")
    low, high = share_interval(int(seen.correct.sum()), seen.num_samples)
    assert says(RESULTS, f"the accuracy is {100 * low:.1f} to {percent(high, 1)}")
    last = [line["seconds"] for line in run.history()[-5:]]
    assert says(RESULTS, f"took {min(last):.0f} to {max(last):.0f} s each")
    assert says(RESULTS, f"the whole run {run.done()['seconds'] / 60:.0f} minutes")


def test_unsure_answers_on_mnist():
    seen = predictions("mnist-dense")
    found = selection_summary(seen, unsure(seen))
    assert cells(RESULTS, "ours (`mnist-dense`)") == [
        f"{percent(seen.accuracy)} (validation {percent(predictions('mnist-dense', 'validation').accuracy)})",
        f"{found.num_chosen}",
        percent(found.accuracy_chosen, 1),
        f"{found.close_calls} ({percent(found.close_calls / found.num_chosen, 1)})",
        f"{found.ties}",
    ]
    assert says(RESULTS, f"at a rate of {runs.find('mnist-dense').config.learning_rate}, is less sure")
    rounded = np.sort(seen.probs[unsure(seen)].round(2), axis=1)
    ties = (rounded[:, -1] == rounded[:, -2]).sum()
    assert says(RESULTS, f"of the {found.num_chosen} above, {ties} have equal ones when rounded to two digits")


@pytest.mark.parametrize("name", STARTERS)
def test_no_probabilities_in_float32_are_a_tie(name):
    """As results.md says of the thesis's tie."""
    logits = predictions(name).logits
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    probs = exponentials / exponentials.sum(axis=1, keepdims=True)
    assert probs.dtype == np.float32
    second, top = np.sort(probs, axis=1)[:, -2:].T
    assert (second < top).all()


def test_logits_of_the_errors_on_cifar_10():
    seen = predictions("cifar10-conv10")
    found = error_logits(seen)
    assert cells(RESULTS, f"ours (`cifar10-conv10`, {percent(seen.accuracy)})") == [
        f"{found.num_errors}, all of {seen.num_samples:,}",
        f"{found.mean:.3f}",
        f"{found.smallest:.3f}",
        f"{found.largest:.3f}",
        percent(found.share_close, 1),
    ]


def test_errors_by_superclass():
    found = group_confusion(predictions("cifar10-conv10"), GROUPS)
    animals, vehicles = table(RESULTS, "predicted as another animal")
    (animal, as_vehicle), (as_animal, vehicle) = found.wrong
    num_animals, num_vehicles = found.right + found.wrong.sum(axis=1)
    assert list(animals.values()) == [
        *(f"an animal ({num_animals:,})", str(animal), str(as_vehicle), "", ""),
        percent((animal + as_vehicle) / num_animals, 1),
    ]
    assert list(vehicles.values()) == [
        *(f"a vehicle ({num_vehicles:,})", "", "", str(as_animal), str(vehicle)),
        percent((as_animal + vehicle) / num_vehicles, 1),
    ]


def test_entropy_as_a_threshold(small_cnn):
    seen = predictions("mnist-small_cnn")
    above = normalized_entropy(seen.probs) > 0.02
    fashion = normalized_entropy(softmax(small_cnn["fashion_mnist"][0])) > 0.02
    assert cells(RESULTS, "ours (`mnist-small_cnn`, entropy 0.02)") == [
        f"{above.sum():,}",
        percent(seen.correct[above].mean()),
        f"{(~above).sum():,}",
        percent(seen.correct[~above].mean()),
        percent(fashion.mean(), 1),
        percent(above.mean(), 1),
    ]


def test_a_natural_artificial_flag():
    names = "cifar10-conv10", "cifar10-conv10-superclass"
    plain, flag = (predictions(name) for name in names)
    columns = ("without the flag", names[0], plain, flag), ("with it", names[1], flag, plain)
    for column, name, seen, other in columns:
        assert cells(RESULTS, column) == [
            percent(seen.accuracy),
            f"{(seen.correct & ~other.correct).sum()}",
            percent(predictions(name, "validation").accuracy),
            percent(group_answers(seen, GROUPS).correct.mean()),
            f"{len(exceptional_errors(seen, GROUPS))}",
            percent(expected_calibration_error(seen.probs, seen.labels), 1),
        ]
    only_plain, only_flag = (plain.correct & ~flag.correct).sum(), (flag.correct & ~plain.correct).sum()
    # McNemar's exact test: of the images that one network gets right, half would be the one's if they were equally good.
    assert says(RESULTS, f"p = {binomtest(only_plain, only_plain + only_flag).pvalue:.3f}")


def test_eight_pairs_with_and_without_the_superclass_term():
    found: dict[str, list[list[float]]] = {"cross_entropy": [], "superclass": []}
    for run in sorted(runs.shipped_results(), key=lambda run: run.config.seed):
        best = [line["validation_accuracy"] for line in run.history()]
        numbers = measured(Trained(run.predictions("test"), best))
        found[run.config.loss].append([numbers[key] for key in ("accuracy", "validation", "aurc")])
    plain, natural = np.array(found["cross_entropy"]), np.array(found["superclass"])
    assert plain.shape == natural.shape == (8, 3)
    for column, values in (("plain", plain), ("natural softmax", natural)):
        mean, sd = values.mean(axis=0), values.std(axis=0, ddof=1)
        assert cells(RESULTS, column) == [
            f"{100 * mean[0]:.2f} ± {100 * sd[0]:.2f} %", f"{100 * mean[1]:.2f} ± {100 * sd[1]:.2f} %", f"{mean[2]:.3f} ± {sd[2]:.3f}",
        ]  # fmt: skip
    pairs = [paired_comparison(before, after) for before, after in zip(plain.T, natural.T, strict=True)]
    assert [row["difference"] for row in table(RESULTS, "natural softmax")] == [
        *(f"{100 * pair.mean:+.1f} points ({100 * pair.interval[0]:.1f} to {100 * pair.interval[1]:.1f})" for pair in pairs[:2]),
        f"{pairs[2].mean:+.3f} ({pairs[2].interval[0]:.3f} to {pairs[2].interval[1]:.3f})",
    ]  # fmt: skip
    assert {(pair.p, pair.smallest_p) for pair in pairs} == {(2 / 2**8, 2 / 2**8)}
    assert says(RESULTS, f"p = {pairs[0].p:.4f}, the smallest that eight pairs can reach")


def test_mahalanobis_and_the_length_of_features(small_cnn):
    features = {name: seen for name, (_, seen) in small_cnn.items()}
    labels = datasets.load("mnist", "train").labels[:10_000]
    found = []
    for prepared in (lambda seen: seen, unit_length):
        known = whitened_classes(prepared(features["train"]), labels)
        inside, outside = (known.mahalanobis(prepared(features[name])) for name in ("mnist", "fashion_mnist"))
        found.append(auroc(inside, outside))
    assert says(RESULTS, f"and the AUROC is {100 * found[1]:.1f} instead of {percent(found[0], 1)}")
    length, other_length = (np.linalg.norm(features[name], axis=1).mean() for name in ("mnist", "fashion_mnist"))
    assert says(RESULTS, f"For `mnist-small_cnn`, the mean lengths are {other_length:.1f} and {length:.1f}")


def test_which_score_ranks_the_errors_best(capsys):
    aurc.main()
    printed = capsys.readouterr().out
    assert printed in RESULTS
    plain, flag = table(printed, "MaxLogit-pNorm")[3:5]
    gains = (f"{row['Least confidence']} to {row['MaxLogit-pNorm']}" for row in (plain, flag))
    assert says(RESULTS, f"gain by it, {' and '.join(gains)}")
    assert says(RESULTS, f"better still on the first ({plain['Logit margin']})")
    assert all(float(row["GEN"]) > float(row["Least confidence"]) for row in table(printed, "GEN"))


def test_rows_are_equal_where_the_text_says_so():
    patterns = {row.pop("loss"): row for row in table(RESULTS, "best validation accuracy")}
    hardmax, plain = patterns["+ superclass of the most probable class (hardmax)"], patterns["cross-entropy alone"]
    assert hardmax | {"gain over cross-entropy": ""} == plain
    scores = {row.pop("score"): row for row in table(RESULTS, "AUROC")}
    assert scores["MaxLogit-pNorm"] == scores["Least confidence"]


def test_captum_is_ahead_for_one_image_by_what_the_text_says():
    rows = table(BENCHMARKS, "ours, 1 / 100")
    ours, captum = (
        {row["method"].split(",")[0]: float(row[column].split(" / ")[0]) for row in rows}
        for column in ("ours, 1 / 100", "captum")
    )
    ahead = [ours[name] - captum[name] for name in ours if name not in ("occlusion", "LIME")]
    assert says(BENCHMARKS, f"for one image it is {min(ahead):.1f} to {max(ahead):.1f} ms ahead in all but occlusion")


def test_the_temperature_repairs_the_probabilities_and_hardly_the_ranking():
    rows = table(RESULTS, "ECE before")
    assert len(rows) == 4
    for row in rows:
        run = runs.find(row["run"])
        validation, test = run.predictions("validation"), run.predictions("test")
        fitted = fit_temperature(validation.logits, validation.labels)
        assert row["temperature"] == f"{fitted:.3f}"
        for when, probs in (("before", test.probs), ("after", softmax(test.logits / fitted))):
            assert row[f"ECE {when}"] == f"{100 * expected_calibration_error(probs, test.labels):.2f} %"
            assert row[f"AURC × 10,000 {when}"] == f"{10_000 * area(least_confidence(probs), test.correct):.1f}"


def test_what_became_of_the_promised_risks():
    rows = table(RESULTS, "its risk on test")
    assert len(rows) == 4
    for row in rows:
        name, risk = row["run and promised risk"].removesuffix(" %").split(", ")
        validation, test = (runs.find(name).predictions(split) for split in ("validation", "test"))
        scores, on_test = (least_confidence(split.probs) for split in (validation, test))
        for procedure, answers, measured_risk in (
            (fixed_sequence_of_split, "fixed sequence answers", "its risk on test"),
            (sgr, "SGR answers", "SGR risk on test"),
        ):
            found = procedure(scores, validation.correct, int(risk) / 100, 0.05)
            outcome = reject_outcome(on_test, test.correct, found.threshold)
            low, high = share_interval(outcome.errors_left, outcome.num_accepted)
            wrong = outcome.errors_left / outcome.num_accepted
            assert row[answers] == f"{100 * outcome.coverage:.2f} %"
            assert row[measured_risk] == f"{100 * wrong:.2f} % ({100 * low:.2f} to {100 * high:.2f})"
    validation, test = (runs.find("cifar10-conv10").predictions(split) for split in ("validation", "test"))
    assert says(
        RESULTS,
        f"on test ({100 * (1 - test.accuracy):.2f} %) than on validation ({100 * (1 - validation.accuracy):.2f} %",
    )


def test_superclasses_with_and_without_a_promise():
    validation, test = (runs.find("cifar10-conv10").predictions(split) for split in ("validation", "test"))
    on_validation, answers = group_answers(validation, GROUPS), group_answers(test, GROUPS)
    scores, on_test = least_confidence(validation.probs), least_confidence(test.probs)
    for row in table(RESULTS, "guaranteed"):
        coverage = int(row["classes answered on validation"].removesuffix(" %")) / 100
        limit = threshold_at_coverage(accuracy_coverage_curve(scores, validation.correct), coverage)
        for way, found in (
            ("as is", group_threshold(scores, on_validation, limit, 0.95)),
            ("guaranteed", guaranteed_groups(scores, on_validation, limit, 0.05, 0.05).threshold),
        ):
            if found is None:
                assert row[way] == f"no promise: only {(scores > limit).sum()} validation images are refused"
                continue
            answered = (on_test > limit) & (answers.uncertainty <= found)
            right, number = int((answered & answers.correct).sum()), int(answered.sum())
            assert row[way] == f"{right:,} of {number:,} ({100 * right / number:.1f} %)"
