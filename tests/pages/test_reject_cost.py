"""View Cost through its widgets, against numbers computed here."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from core.training import runs
from tests.pages.test_reject_guarantee import said

REJECT = "pages/4_Reject.py"


def numbers(app, place: int) -> dict[str, str]:
    """Before scaling (0) or after it (1), five each."""
    return {metric.label: metric.value for metric in app.metric[place:10:2]}


def cost(scores, correct, threshold: float, price: int) -> float:
    """Per 100 images, in refusals, image by image."""
    return 100 * np.mean(
        [(0 if right else price) if score <= threshold else 1 for score, right in zip(scores, correct, strict=True)]
    )


@pytest.mark.parametrize("name", ["mnist-dense", "cifar10-conv10"])
def test_both_thresholds_cost_what_they_cost_by_hand_before_and_after_scaling(open_page, name):
    price, run = 20, runs.find(name)
    validation, test = run.predictions("validation"), run.predictions("test")
    logits = np.float64(validation.logits)
    rows = np.arange(len(logits))
    fitted = minimize_scalar(
        lambda beta: -log_softmax(beta * logits, axis=1)[rows, validation.labels].mean(), bounds=(0.05, 20), method="bounded",
        options={"xatol": 1e-9},
    ).x  # fmt: skip
    app = open_page(REJECT, run=name, view="Cost", price=str(price))
    for place, beta in enumerate((1.0, fitted)):
        scores, on_test = (
            1 - softmax(beta * np.float64(split.logits), axis=1).max(axis=1) for split in (validation, test)
        )
        cheapest = min(np.unique(scores)[::40], key=lambda t: cost(scores, validation.correct, t, price))
        shown = numbers(app, place)
        assert shown["Chow's threshold"] == "0.0500"
        assert float(shown["Chow: test cost"]) == pytest.approx(cost(on_test, test.correct, 0.05, price), abs=0.051)
        # The cheapest of every 40th threshold is no cheaper than the one found.
        found = float(shown["Cheapest threshold"])
        assert (
            cost(scores, validation.correct, found + 5e-5, price)
            <= cost(scores, validation.correct, cheapest, price) + 0.2
        )
        assert float(shown["Gap"].replace("−", "-")) == pytest.approx(
            float(shown["Chow: test cost"]) - float(shown["Cheapest: test cost"]), abs=0.11
        )


def test_at_the_price_of_one_refusal_chows_rule_refuses_nothing(open_page):
    app = open_page(REJECT, run="mnist-dense", view="Cost", price="1")
    test = runs.find("mnist-dense").predictions("test")
    assert "Chow's rule refuses nothing at this price" in said(app)
    assert numbers(app, 0)["Chow: test cost"] == f"{100 * (1 - test.accuracy):.1f}"
