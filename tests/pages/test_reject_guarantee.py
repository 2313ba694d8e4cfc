"""View Guarantee through its widgets, against numbers computed here."""

import json
import shutil
from itertools import count

import numpy as np
import pytest
from scipy.stats import beta

from core.data import sources
from core.metrics.fixed_sequence import split_off, threshold_grid
from core.metrics.predictions import Predictions
from core.metrics.uncertainty import least_confidence
from core.training import runs

REJECT = "pages/4_Reject.py"
TIMES = count(1_800_000_000.0)


def percent(fraction: float) -> str:
    return f"{100 * fraction:.2f} %"


def said(app) -> str:
    return "\n".join(element.value for element in (*app.markdown, *app.caption, *app.warning, *app.info))


def numbers(app, place: int) -> dict[str, str]:
    """The numbers of one procedure: 0 is fixed-sequence testing, 1 is SGR. Six each."""
    return {metric.label: metric.value for metric in app.metric[place:12:2]}


@pytest.fixture
def made_up(own_runs):
    """Makes a run of logits: (split -> (logits, labels)), patience -> its name."""

    def make(splits, dataset: str = "mnist", patience: int = 0) -> str:
        folder = own_runs / "made-up"
        folder.mkdir(parents=True)
        starter = runs.find("mnist-small_cnn").folder
        config = json.loads((starter / "config.json").read_text()) | {"dataset": dataset, "patience": patience}
        (folder / "config.json").write_text(json.dumps(config))
        shutil.copy(starter / "history.jsonl", folder / "history.jsonl")
        # A time of its own, by which what is kept of it is told from what is kept of other tests' runs.
        done = json.loads((starter / "done.json").read_text()) | {"finished_at": next(TIMES)}
        (folder / "done.json").write_text(json.dumps(done))
        for split, (logits, labels) in splits.items():
            Predictions(np.asarray(logits, np.float32), np.asarray(labels), sources.source(dataset).class_names).save(
                folder / f"predictions/{split}.npz"
            )
        return folder.name

    return make


def test_fixed_sequence_testing_and_its_outcome_are_the_numbers_of_the_page(open_page):
    run = runs.find("mnist-dense")
    validation, test = run.predictions("validation"), run.predictions("test")
    scores, on_test = least_confidence(validation.probs), least_confidence(test.probs)
    split = split_off(len(scores))
    grid = threshold_grid(scores[split], int((~split).sum()), 0.02, 0.1)
    # By hand: every threshold in turn, with scipy's own bound, up to the first failure.
    threshold, bound = None, None
    for each in grid:
        answered = scores[~split] <= each
        errors = int((answered & ~validation.correct[~split]).sum())
        high = beta.ppf(0.9, errors + 1, answered.sum() - errors)
        if high > 0.02:
            break
        threshold, bound, coverage = each, high, answered.mean()
    accepted = on_test <= threshold
    app = open_page(REJECT, run=run.name, view="Guarantee", risk="2.0", confidence="90 %")
    assert numbers(app, 0) == {
        "Threshold": f"{threshold:.4f}",
        "Validation coverage": percent(coverage),
        "Bound": percent(bound),
        "Test coverage": percent(accepted.mean()),
        "Test risk": percent(1 - test.correct[accepted].mean()),
        "Promise on test": "kept" if 1 - test.correct[accepted].mean() <= 0.02 else "missed",
    }
    assert "at most 2.0 % wrong with 90 % confidence" in said(app)


def test_the_bisection_shares_delta_among_its_tries(open_page):
    run = runs.find("mnist-dense")
    validation = run.predictions("validation")
    scores = least_confidence(validation.probs)
    app = open_page(REJECT, run=run.name, view="Guarantee", risk="2.0")
    threshold = float(numbers(app, 1)["Threshold"])
    answered = scores <= threshold + 5e-5  # as rounded on screen
    errors = int((answered & ~validation.correct).sum())
    shown = float(numbers(app, 1)["Bound"].removesuffix(" %"))
    assert shown == pytest.approx(
        100 * beta.ppf(1 - 0.05 / 14, errors + 1, answered.sum() - errors), abs=0.02
    )  # 2^14 > 10,000
    assert shown <= 2


def test_a_promise_that_is_not_kept_on_test_is_said_with_the_runs_own_numbers(open_page, made_up, rng):
    labels = rng.integers(10, size=4000)
    logits = 4 * np.eye(10)[labels] + rng.normal(size=(4000, 10))
    shown = labels.copy()
    wrong = rng.permutation(4000)[:200]
    shown[wrong] = (shown[wrong] + 1) % 10  # 5 % of the test labels
    name = made_up({"validation": (logits, labels), "test": (logits, shown)})
    app = open_page(REJECT, run=name, view="Guarantee", risk="1.0")
    assert numbers(app, 0)["Promise on test"] == numbers(app, 1)["Promise on test"] == "missed"
    told = said(app)
    assert "the promise is not kept here" in told
    assert "The test images are harder for it" in told
    assert f"Here 1.0 % was promised, and on test it is {numbers(app, 0)['Test risk']}" in told


def test_a_guarantee_that_no_number_of_images_could_give_is_one_sentence(open_page):
    app = open_page(REJECT, run="oxford_pets-pets_transfer", view="Guarantee", risk="1.0", confidence="99 %")
    (warning,) = app.warning
    # (1 - 0.01)^458 > 0.01 >= (1 - 0.01)^459
    assert warning.value == (
        "No threshold can be promised: at most 1.0 % wrong with 99 % confidence takes at least 459 answered validation "
        "images without an error, but there are only 74, so ask for a higher risk or less confidence, or train with more "
        "validation images."
    )
    assert numbers(app, 0)["Threshold"] == numbers(app, 1)["Threshold"] == "–"
    assert not app.get("download_button")


def test_a_network_that_is_wrong_where_it_is_certain_gets_the_same_sentence_with_its_errors(open_page, made_up, rng):
    labels = rng.integers(10, size=2000)
    logits = rng.normal(size=(2000, 10))  # knows nothing
    name = made_up({"validation": (logits, labels), "test": (logits, labels)})
    app = open_page(REJECT, run=name, view="Guarantee", risk="5.0")
    predictions = runs.find(name).predictions("validation")
    most_certain = np.argsort(least_confidence(predictions.probs), kind="stable")[:59]  # 0.95^59 < 0.05
    errors = int((~predictions.correct[most_certain]).sum())
    assert (
        "takes at least 59 answered validation images without an error, and among the 59 most certain of the 2,000 there are "
        f"already {errors} wrong, so" in app.warning[0].value
    )


@pytest.mark.parametrize("patience", [0, 3])
def test_what_else_the_validation_images_were_used_for_is_said(open_page, made_up, rng, patience):
    labels = rng.integers(10, size=2000)
    logits = 6 * np.eye(10)[labels] + rng.normal(size=(2000, 10))
    name = made_up({"validation": (logits, labels), "test": (logits, labels)}, patience=patience)
    told = said(open_page(REJECT, run=name, view="Guarantee", score="MaxLogit-pNorm"))
    assert ("also chose the epoch" in told) == bool(patience)
    assert ("did not choose the epoch" in told) != bool(patience)
    assert "choose the p of this score" in told


@pytest.mark.parametrize(
    ("logits", "labels"),
    [
        (20 * np.eye(10), np.arange(10)),  # all right
        (20 * np.eye(10), (np.arange(10) + 1) % 10),  # all wrong
        (20 * np.eye(10)[:1], [0]),  # one sample
        (np.full((50, 10), [200.0, *[-200.0] * 9]), np.zeros(50, int)),  # saturated, one class, all tied
        (20 * np.eye(10)[[3] * 400], np.full(400, 3)),  # enough to promise something
    ],
)
@pytest.mark.parametrize("view", ["Guarantee", "Cost", "Team"])
def test_extreme_runs_are_shown(open_page, made_up, logits, labels, view):
    name = made_up({"validation": (logits, labels), "test": (logits, labels)})
    app = open_page(REJECT, run=name, view=view)
    assert app.segmented_control(key="view").value == view
    assert all(metric.help for metric in app.metric)


def test_a_risk_that_is_higher_by_less_than_the_test_sample_explains_is_said_to_be_so(open_page, made_up, rng):
    labels = rng.integers(10, size=3000)
    logits = 4 * np.eye(10)[labels] + 0.3 * rng.normal(size=(3000, 10))
    shown = labels[:300].copy()
    shown[:9] = (shown[:9] + 1) % 10  # 3 % of 300 wrong, where 2 % are promised
    name = made_up({"validation": (logits, labels), "test": (logits[:300], shown)})
    app = open_page(REJECT, run=name, view="Guarantee", risk="2.0")
    assert numbers(app, 0)["Promise on test"] == "within chance"
    assert "so the test sample alone can explain it" in said(app)
    assert "unlucky" not in said(app)
