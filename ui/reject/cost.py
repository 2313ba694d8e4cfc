"""View Cost: a price of errors gives a threshold, by Chow's rule or by the validation images."""

import streamlit as st

from core.metrics.cost import CostComparison, Costs, compared_costs
from core.training.runs import Run
from core.views import cost as charts
from core.views.cost import AFTER, BEFORE, PER
from ui import loaded
from ui.components.controls import percent
from ui.components.side_by_side import Number, side_by_side
from ui.loaded import costs as kept
from ui.reject.policy import HOW_TO_APPLY, policy_button, policy_of

ABOUT = f"""
**Chow's rule** (1970, [paper](https://doi.org/10.1109/TIT.1970.1054406)) answers an image if the probability of being wrong is at most
the price of a refusal divided by the price of an error, 1/N. It needs no label, but it needs probabilities that are right: the largest
probability must be how often the network is right. That is what calibration means, and what one parameter, the temperature, can repair.

**The cheapest threshold on validation** needs labels, but no right probabilities: it tries every threshold. The *gap* is what Chow's
threshold costs more than this one on the test images. Luck can make it slightly negative, because the cheapest threshold on validation
need not be the cheapest on test.

Costs are per {PER} images, in refusals: to refuse everything costs {PER}.
"""


def show(run: Run) -> None:
    st.fragment(_cost)(run)


def _cost(run: Run) -> None:
    told = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"), st.container(width=420):
        price = st.slider(
            "A wrong answer costs as much as N refusals", 1, 100, 10, key="price", bind="query-params",
            help="N = 2 answers an image when its largest probability is at least 0.5; a larger N refuses more.",
        )  # fmt: skip
    found = compared_costs(kept.confidences(run), price, 1)
    test = loaded.predictions(run, "test")
    told.markdown(_story(found, price, test.num_classes, test.num_samples))
    left, right = st.columns([1.25, 1])
    with left:
        chart = charts.cost_against_threshold(
            {BEFORE: kept.plain_curves(run), AFTER: kept.scaled_curves(run)}, found, price
        )
        st.vega_lite_chart(spec=chart, alt="Cost against the threshold, before and after temperature scaling")
    with right:
        side_by_side(
            {
                "Before scaling": _numbers(found.before),
                f"After scaling, T = {found.temperature:.3g}": _numbers(found.after),
            }
        )
        _show_policy(run, found, price)
    st.caption(f"The policy is the cheapest threshold before scaling. {HOW_TO_APPLY}")
    with st.expander("Chow's rule, the cheapest threshold, and the gap"):
        st.markdown(ABOUT)


def _per(cost: float) -> str:
    return f"{round(PER * cost, 1) + 0.0:.1f}".replace("-", "−")  # adding 0.0 makes 0.0 of -0.0


def _story(found: CostComparison, price: int, num_classes: int, num_samples: int) -> str:
    """What the price does, what miscalibration costs, and what to try."""
    before, after = found.before, found.after
    said = (
        f"If a wrong answer costs as much as **{price}** {'refusal' if price == 1 else 'refusals'}, then the threshold that was cheapest on "
        f"validation costs **{_per(before.cheapest.test_cost)}** refusals per {PER} test images (n = {num_samples:,}). To answer everything "
        f"costs {_per(found.answer_all)}, to refuse everything {_per(found.refuse_all)}. "
    )
    if not found.can_refuse:
        return said + (
            f"Chow's rule refuses nothing at this price: it refuses above 1/{price}, and 1 − max probability is at most 1 − 1/{num_classes}. "
            "Raise the price: when does it begin to refuse?"
        )
    said += (
        f"Chow's threshold 1/{price} costs **{_per(before.chow.test_cost)}** with the network's probabilities as they are"
        f"{_direction(found)}, and **{_per(after.chow.test_cost)}** after temperature scaling. "
    )
    gaps = f"The gap to the cheapest threshold is {_per(before.gap)} before and {_per(after.gap)} after. "
    return said + gaps + "Raise the price: does the gap grow?"


def _direction(found: CostComparison) -> str:
    if found.temperature > 1:
        return f" (too confident: T = {found.temperature:.3g})"
    return f" (not confident enough: T = {found.temperature:.3g})" if found.temperature < 1 else ""


def _numbers(costs: Costs) -> list[Number]:
    chow, cheapest = costs.chow, costs.cheapest
    return [
        ("Chow's threshold", f"{chow.threshold:.4f}", f"1/N: an image is answered when 1 − max probability is at most this; on test {percent(chow.test_coverage)} are"),
        ("Chow: test cost", _per(chow.test_cost), f"refusals per {PER} test images with Chow's threshold, less is better; on validation it is {_per(chow.validation_cost)}"),
        ("Cheapest threshold", f"{cheapest.threshold:.4f}" if cheapest.threshold >= 0 else "–", f"the threshold with the lowest cost on validation; on test {percent(cheapest.test_coverage)} are answered. A dash: it is cheapest to refuse everything"),
        ("Cheapest: test cost", _per(cheapest.test_cost), f"refusals per {PER} test images with the cheapest threshold, less is better; on validation it is {_per(cheapest.validation_cost)}"),
        ("Gap", _per(costs.gap), f"how many more refusals per {PER} test images Chow's threshold costs; 0 is best"),
    ]  # fmt: skip


def _show_policy(run: Run, found: CostComparison, price: int) -> None:
    words = (
        f"lowest cost on validation, a wrong answer costs as much as {price} {'refusal' if price == 1 else 'refusals'}"
    )
    policy_button(policy_of(run, kept.LEAST_CONFIDENCE, found.before.cheapest.threshold, words), "policy_cost")
