"""View Team through its widgets, against numbers computed here."""

import numpy as np
import pytest

from core.data.formats import references
from core.metrics.uncertainty import least_confidence
from core.training import runs
from tests.pages.test_pages import metrics
from tests.pages.test_reject_guarantee import percent, said
from ui.loaded import people

REJECT = "pages/4_Reject.py"


@pytest.fixture
def extras(tmp_path, monkeypatch):
    """An empty place for the files of others."""
    monkeypatch.setattr(references, "folders", lambda: [tmp_path / "extras"])
    (tmp_path / "extras/cifar10h").mkdir(parents=True)
    people._votes.clear()
    yield tmp_path / "extras"
    people._votes.clear()


@pytest.fixture
def votes(extras, rng) -> np.ndarray:
    """Fifty votes per test image of CIFAR-10; on every tenth image all are wrong."""
    labels = runs.find("cifar10-conv10").predictions("test").labels
    counts = np.zeros((len(labels), 10), np.int64)
    rows = np.arange(len(labels))
    right = np.where(rows % 10 == 0, 0, 45)
    counts[rows, labels] = right
    counts[rows, (labels + 1) % 10] += 50 - right
    np.save(extras / "cifar10h/cifar10h-counts.npy", counts)
    return counts


def cheapest(scores, correct, right: float, price: int) -> float:
    """The cheapest threshold, one after the other; of equally cheap ones the largest."""
    best = {threshold: price * np.where(scores <= threshold, ~correct, 1 - right).mean() + (scores > threshold).mean() for threshold in [-np.inf, *np.unique(scores)]}  # fmt: skip
    least = min(best.values())
    return max(threshold for threshold, cost in best.items() if cost <= least + 1e-9)


def test_without_votes_the_numbers_follow_from_how_often_people_are_right(open_page):
    run = runs.find("oxford_pets-pets_transfer")
    validation, test = run.predictions("validation"), run.predictions("test")
    threshold = cheapest(least_confidence(validation.probs), validation.correct, 0.9, 5)
    answers = least_confidence(test.probs) <= threshold
    app = open_page(REJECT, run=run.name, view="Team", people_right="90.0", person_price="5")
    shown = metrics(app)
    accuracy = (test.correct[answers].sum() + 0.9 * (~answers).sum()) / 74
    assert shown["People answer"] == percent((~answers).mean())
    assert shown["Team accuracy"] == percent(accuracy)
    assert shown["Network on its part"] == percent(test.correct[answers].mean())
    assert shown["People on theirs"] == "90.00 %"
    assert shown["Team cost"] == f"{100 * (5 * (1 - accuracy) + (~answers).mean()):.1f}"
    assert shown["Network's cost"] == f"{500 * (1 - test.accuracy):.1f}"
    assert shown["People's cost"] == f"{100 * (5 * 0.1 + 1):.1f}"
    assert "for CIFAR-10 they are" in said(app)


@pytest.mark.parametrize(("who", "on_others"), [("One person", 0.9), ("Majority of people", 1.0)])
def test_votes_decide_on_test_and_what_is_assumed_decides_on_validation(open_page, votes, who, on_others):
    run = runs.find("cifar10-conv10")
    validation, test = run.predictions("validation"), run.predictions("test")
    threshold = cheapest(least_confidence(validation.probs)[:], validation.correct, 0.95, 20)
    answers = least_confidence(test.probs) <= threshold
    right = np.where(np.arange(10_000) % 10 == 0, 0.0, on_others)
    app = open_page(REJECT, run=run.name, view="Team", people=who)
    shown = metrics(app)
    assert shown["Threshold"] == f"{threshold:.4f}"
    assert shown["Team accuracy"] == percent(np.where(answers, test.correct, right).mean())
    assert shown["People on theirs"] == percent(right[~answers].mean())
    told = said(app)
    assert f"people on **{percent(right.mean())}**" in told
    assert "CIFAR-10H has votes for the test images only" in told
    assert "as if people were right on 95.0 % of the images" in told


def test_without_the_file_it_is_said_where_to_put_it(open_page, extras):
    app = open_page(REJECT, run="cifar10-conv10", view="Team")
    assert str(extras / "cifar10h/cifar10h-counts.npy") in said(app)
    assert "people" not in [box.key for box in app.selectbox]


def test_a_damaged_file_is_said_and_the_view_works_without_it(open_page, extras):
    (extras / "cifar10h/cifar10h-counts.npy").write_bytes(b"broken")
    app = open_page(REJECT, run="cifar10-conv10", view="Team")
    assert "is no NumPy array" in app.error[0].value
    assert metrics(app)["People on theirs"] == "95.00 %"


def test_people_who_are_always_right_are_never_beaten(open_page):
    app = open_page(REJECT, run="mnist-dense", view="Team", people_right="100.0")
    assert "Together they are never better than the better of the two." in said(app)
