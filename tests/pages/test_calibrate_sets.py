"""View Prediction sets of page Calibrate, against numbers computed here."""

import math

import numpy as np
import pytest

from core.metrics.predictions import Predictions, softmax
from core.training import runs
from tests.seed_runs import write_run
from ui.calibrate.sets import PARTS
from ui.components.set_names import EMPTY, set_name

CALIBRATE = "pages/9_Calibrate.py"
DENSE, COLOUR, PETS = "mnist-dense", "cifar10-conv10", "oxford_pets-pets_transfer"


def opened(open_page, run: str, **query: str):
    return open_page(CALIBRATE, run=run, view="Prediction sets", **query)


def words(app) -> str:
    return "\n".join(each.value for kind in (app.markdown, app.caption, app.subheader) for each in kind)


def quantile(scores, alpha: float) -> float:
    rank = math.ceil(round((len(scores) + 1) * (1 - alpha), 6))
    return sorted(scores)[rank - 1] if rank <= len(scores) else math.inf


def lac(run: str, alpha: float):
    """The sets of the test images, and their labels."""
    validation, test = (runs.find(run).predictions(split) for split in ("validation", "test"))
    own = 1 - softmax(validation.logits)[np.arange(validation.num_samples), validation.labels]
    return 1 - softmax(test.logits) <= quantile(own, alpha), test.labels


def aps(run: str, alpha: float, *, is_random: bool):
    """As `lac`, sample by sample: the probabilities of all likelier classes, and a share of the class's own."""
    rng, scores, truth = np.random.default_rng(0), [], []
    for split in ("validation", "test"):
        answers = runs.find(run).predictions(split)
        probs, uniform = softmax(answers.logits), np.zeros(answers.num_samples)
        if is_random:
            uniform = rng.random(answers.num_samples)
        likelier = (probs[:, None, :] * (probs[:, None, :] > probs[:, :, None])).sum(axis=2)
        scores.append(likelier + (1 - uniform[:, None]) * probs)
        truth.append(answers.labels)
    own = scores[0][np.arange(len(truth[0])), truth[0]]
    return scores[1] <= quantile(own, alpha), truth[1]


def row(app, method: str):
    table = app.dataframe[0].value
    return table[table["Method"] == method].iloc[0]


def covered(sets, labels):
    return sets[np.arange(len(labels)), labels]


@pytest.mark.parametrize(("run", "alpha"), [(DENSE, "10"), (DENSE, "1"), (COLOUR, "5")])
def test_the_numbers_of_lac_are_those_counted_here(open_page, run, alpha):
    app = opened(open_page, run, alpha=alpha)
    sets, labels = lac(run, float(alpha) / 100)
    found, sizes = row(app, "LAC"), sets.sum(axis=1)
    assert found["Coverage"] == f"{100 * covered(sets, labels).mean():.2f} %"
    assert found["Mean size"] == pytest.approx(sizes.mean())
    assert found["Empty"] == f"{100 * (sizes == 0).mean():.2f} %"
    assert found["One class"] == f"{100 * (sizes == 1).mean():.2f} %"
    said = words(app)
    assert f"the set contains the true class for at least **{100 - int(alpha)} %** of the images drawn like the" in said
    assert "on average over images, not for each class and not for each image" in said
    assert f"On {len(labels):,} test images the sets of LAC contain the true class for **{found['Coverage']}**" in said
    assert f"**{sizes.mean():.2f}** classes on average, and **{found['Empty']}** are empty" in said


@pytest.mark.parametrize("is_random", [True, False])
def test_aps_has_random_numbers_unless_they_are_switched_off(open_page, is_random):
    app = opened(open_page, DENSE)
    if not is_random:
        app.toggle(key="random_sets").set_value(False).run()
    found, (sets, labels) = row(app, "APS"), aps(DENSE, 0.1, is_random=is_random)
    assert found["Coverage"] == f"{100 * covered(sets, labels).mean():.2f} %"
    assert found["Mean size"] == pytest.approx(sets.sum(axis=1).mean())
    assert "and the sets of APS and RAPS are larger" in words(app)
    other, _ = aps(DENSE, 0.1, is_random=not is_random)
    assert f"APS {sets.sum(axis=1).mean():.2f} instead of {other.sum(axis=1).mean():.2f}" in words(app)


def test_only_of_sets_that_are_larger_the_page_says_that_they_are(open_page):
    app = opened(open_page, DENSE, alpha="1")
    assert "RAPS 1.45 instead of 1.42" in words(app)
    assert "and the sets of APS are larger" in words(app)


def test_a_promise_below_the_accuracy_can_be_kept_by_empty_sets_and_the_page_says_so(open_page):
    assert "some may be empty. Choose a smaller α." in words(opened(open_page, DENSE))
    app = opened(open_page, DENSE, alpha="1")
    assert "which images get more classes?" in words(app)


def test_sets_are_listed_by_size_and_by_what_they_miss(open_page):
    app = opened(open_page, COLOUR)
    sets, labels = lac(COLOUR, 0.1)
    assert f"**The largest sets of LAC**, up to {sets.sum(axis=1).max()} of 10 classes" in words(app)
    for name, count in (("empty sets", (~sets.any(axis=1)).sum()), ("sets without the true class", (~covered(sets, labels)).sum())):  # fmt: skip
        app.selectbox(key="sets_shown").select(name).run()
        assert not app.exception
        assert f"of LAC{': ' if name == 'empty sets' else ' without the true class: '}{count:,}**" in words(app)
    app.selectbox(key="set_method").select("RAPS").run()
    assert "**Sets of RAPS without the true class: " in words(app)


def test_each_class_has_its_own_coverage_and_with_its_own_quantile_the_promise(open_page):
    app = opened(open_page, COLOUR, sets_part="Classes")
    sets, labels = lac(COLOUR, 0.1)
    names = runs.find(COLOUR).predictions("test").class_names
    each = [covered(sets, labels)[labels == k].mean() for k in range(10)]
    low, high = int(np.argmin(each)), int(np.argmax(each))
    said = words(app)
    assert f"goes from {100 * each[low]:.1f} % ({names[low]}) to {100 * each[high]:.1f} % ({names[high]})" in said
    validation = runs.find(COLOUR).predictions("validation")
    probs = softmax(runs.find(COLOUR).predictions("test").logits)
    own = []
    for k in range(10):
        scores = 1 - softmax(validation.logits)[validation.labels == k, k]
        own.append((1 - probs[labels == k, k] <= quantile(scores, 0.1)).mean())
    low, high = int(np.argmin(own)), int(np.argmax(own))
    assert f"it goes from {100 * own[low]:.1f} % ({names[low]}) to {100 * own[high]:.1f} % ({names[high]})" in said


def test_the_least_certain_tenth_has_its_own_coverage_and_size(open_page):
    app = opened(open_page, COLOUR, sets_part="Difficulty")
    sets, labels = lac(COLOUR, 0.1)
    confidence = softmax(runs.find(COLOUR).predictions("test").logits).max(axis=1)
    least = np.argsort(confidence)[:1000]
    coverage, size = covered(sets, labels)[least].mean(), sets[least].sum(axis=1).mean()
    assert f"Among the 1,000 least certain test images the coverage is LAC {100 * coverage:.1f} % with {size:.2f} classes" in words(app)  # fmt: skip


def test_few_calibration_images_show_why_the_correction_is_needed(open_page):
    app = opened(open_page, DENSE, sets_part="Re-splits", calibration="10")
    said = words(app)
    assert "⌈(10 + 1) × 90 %⌉ = 10" in said
    assert "exactly 10 / 11 = 90.91 % is expected" in said
    assert "⌈10 × 90 %⌉ = 9" in said
    assert "(expected 81.82 %), less than promised" in said
    app.select_slider(key="calibration").set_value("all").run()
    assert not app.exception
    assert "⌈(10,000 + 1) × 90 %⌉ = 9,001" in words(app)
    app.select_slider(key="alpha").set_value("5").run()
    app.select_slider(key="calibration").set_value("10").run()
    assert "these are too few images for 95 %" in words(app)
    assert "At least 19 are needed." in words(app)


def test_too_few_validation_images_give_full_sets_and_the_page_says_so(open_page):
    app = opened(open_page, PETS, alpha="1")
    assert "74 validation images are too few: every set must hold all 37 classes. Choose a larger α." in words(app)
    assert row(app, "LAC")["Quantile"] == "∞"
    assert row(app, "APS")["Mean size"] == 37
    for part in PARTS:
        opened(open_page, PETS, alpha="1", sets_part=part)


def test_an_opened_image_is_one_of_the_test_images(open_page):
    app = opened(open_page, DENSE, sample="7")
    assert not app.exception
    assert any("Image 7 of test" in header.value for header in app.header)


def saved(folder, seed: int, validation: Predictions, test: Predictions) -> str:
    run = write_run(folder, seed, keeps=False)
    validation.save(run.folder / "predictions/validation.npz")
    test.save(run.folder / "predictions/test.npz")
    return run.name


TEN = tuple("0123456789")
SURE = np.float32(1000 * np.eye(10))


@pytest.mark.parametrize(
    ("logits", "labels"),
    [
        (np.tile(SURE, (5, 1)), np.tile(np.arange(10), 5)),
        (np.tile(SURE, (5, 1)), np.tile(np.roll(np.arange(10), 1), 5)),
        (np.zeros((3, 10)), np.array([0, 0, 0])),
        (np.eye(10)[:1], np.array([0])),
    ],
    ids=["all right and saturated", "all wrong and saturated", "all alike and of one class", "one image"],
)
@pytest.mark.parametrize("alpha", ["0.1", "30"])
def test_edges_are_no_errors(open_page, own_runs, logits, labels, alpha):
    split = Predictions(logits, labels, TEN)
    run = saved(own_runs, 0, split, split)
    for part in PARTS:
        app = opened(open_page, run, alpha=alpha, sets_part=part)
        for method in ("APS", "RAPS"):
            app.selectbox(key="set_method").select(method).run()
            assert not app.exception
    app = opened(open_page, run, alpha=alpha)
    for shown in app.selectbox(key="sets_shown").options:
        app.selectbox(key="sets_shown").select(shown).run()
        assert not app.exception


def test_sets_are_written_with_the_likeliest_class_first_and_long_ones_are_cut():
    names, probs = tuple("abcdefgh"), np.arange(8) / 28
    assert set_name(probs > 0.2, probs, names) == "{h, g}"
    assert set_name(probs > 0, probs, names) == "{h, g, f, e, d, c, and 1 more}"
    assert set_name(probs < 0, probs, names) == EMPTY
    assert set_name(probs > -1, probs, names) == "all 8 classes"
    assert set_name(np.array([True]), np.ones(1), ("a",)) == "{a}"
