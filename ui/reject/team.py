"""View Team: people answer what the network refuses, at a price and with errors of their own."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data import sources
from core.data.formats import references
from core.metrics.team import Division, TeamCurve, cheapest_division, division, team_curve
from core.metrics.votes import drawn_vote_accuracy, majority_accuracy
from core.training.runs import Run
from core.views import team as charts
from ui import loaded
from ui.components.controls import choice, metrics, percent
from ui.components.offers import scores_are_here
from ui.components.plain_text import plain
from ui.decision import choose_score
from ui.loaded import people

ASSUMED = "Assumed accuracy"
FROM_VOTES = {"One person": drawn_vote_accuracy, "Majority of people": majority_accuracy}
PER = 100  # images


@dataclass(frozen=True)
class Prices:
    """What a wrong answer costs, in answers by people."""

    error: int
    person: int = 1

    @property
    def words(self) -> str:
        return (
            f"a wrong answer costs as much as **{self.error}** {'answer' if self.error == 1 else 'answers'} by people"
        )


def show(run: Run) -> None:
    for sentence in people.damage(run):
        st.error(plain(sentence), icon=":material/broken_image:")
    st.fragment(_team)(run)


def _team(run: Run) -> None:
    told = st.container()
    votes = _votes(run)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        score = choose_score(
            run, help="The score by which the network leaves images to people. Higher = more uncertain."
        )
        who = ASSUMED
        if votes is not None:
            who = choice(
                "People", [*FROM_VOTES, ASSUMED], key="people",
                help="Who answers what the network refuses on test. One person: drawn from those who voted on the image. Majority: the class "
                "with most votes. Assumed: as often right as the slider says, whatever the image.",
            )  # fmt: skip
        with st.container(width=210):
            assumed = st.slider(
                "How often people are right (%)", 50.0, 100.0, 95.0, 0.5, "%.1f", key="people_right", bind="query-params",
                help="The same for every image. On validation this is always used, because no votes were published for its images.",
            )  # fmt: skip
        with st.container(width=250):
            error_price = st.slider(
                "An error costs N answers by people", 1, 100, 20, key="person_price", bind="query-params",
                help="A wrong answer costs this much whoever gives it. The larger N, the more is left to people, if they are right more often.",
            )  # fmt: skip
    if not scores_are_here(run, score):
        return
    validation, test = loaded.predictions(run, "validation"), loaded.predictions(run, "test")
    prices = Prices(error_price)
    right: float | NDArray[np.float64] = assumed / 100
    if votes is not None and who in FROM_VOTES:
        right = FROM_VOTES[who](votes, test.labels)
    on_validation = cheapest_division(
        loaded.scored(run, "validation", score).uncertainty, validation.correct, assumed / 100, prices.error, prices.person
    )  # fmt: skip
    scores = loaded.scored(run, "test", score).uncertainty
    on_test = division(scores, test.correct, right, on_validation.threshold, prices.error, prices.person)
    curve = team_curve(scores, test.correct, right)
    told.markdown(_story(curve, on_test, prices, test.num_samples))
    left, side = st.columns([1.25, 1])
    chart = charts.team_accuracy(curve, on_test)
    left.vega_lite_chart(spec=chart, alt="Accuracy of network and people together against the share that people answer")
    with side:
        _show_numbers(curve, on_validation, on_test, prices)
    st.markdown(_about_people(run, votes, who, assumed, curve, on_test))


def _votes(run: Run) -> NDArray[np.int64] | None:
    """The votes on the test images that the run answered, where they are here."""
    votes = people.votes(run)
    return votes if votes is not None and len(votes) == loaded.predictions(run, "test").num_samples else None


def _best(curve: TeamCurve) -> tuple[float, float] | None:
    """The smallest and the largest share for people at which the team beats both; None if it never does."""
    shares = curve.people_share[curve.beats_both]
    return (float(shares.min()), float(shares.max())) if len(shares) else None


def _story(curve: TeamCurve, on_test: Division, prices: Prices, num_samples: int) -> str:
    """Who is how good alone, where the team is better, what is cheapest, and what to try."""
    said = f"Alone, the network is right on **{percent(curve.network_alone)}** of the {num_samples:,} test images and people on **{percent(curve.people_alone)}**. "
    between = _best(curve)
    said += (
        "Together they are never better than the better of the two. "
        if between is None
        else f"Together they are better than both when people answer between {percent(between[0])} and {percent(between[1])} of the images. "
    )
    return said + (
        f"If {prices.words}, the division that is cheapest on validation leaves **{percent(on_test.people_share)}** of the test images to people, "
        f"and together they are right on **{percent(on_test.accuracy)}**. Make errors more expensive: who answers more?"
    )


def _per(cost: float) -> str:
    return f"{PER * cost:.1f}"


def _show_numbers(curve: TeamCurve, on_validation: Division, on_test: Division, prices: Prices) -> None:
    network = prices.error * (1 - curve.network_alone)
    alone = prices.error * (1 - curve.people_alone) + prices.person
    threshold = "–" if np.isinf(on_validation.threshold) else f"{on_validation.threshold:.4f}"
    unit = f"per {PER} test images, in answers by people; less is better"
    metrics(
        ("Threshold", threshold, "the largest uncertainty that the network answers, the cheapest on validation. A dash: it is cheapest to leave everything to people"),
        ("People answer", percent(on_test.people_share), f"share of the test images above the threshold; on validation {percent(on_validation.people_share)}"),
        ("Team accuracy", percent(on_test.accuracy), f"expected share of right answers of both together on test; expected on validation: {percent(on_validation.accuracy)}"),
        ("Network on its part", percent(on_test.network_accuracy), "accuracy of the network on the test images that it answers"),
        ("People on theirs", percent(on_test.people_accuracy), "how often people are right on the test images that are left to them, the difficult ones"),
        ("Team cost", _per(on_test.cost), f"{unit}. Expected on validation: {_per(on_validation.cost)}"),
        ("Network's cost", _per(network), f"if the network answers everything, {unit}"),
        ("People's cost", _per(alone), f"if people answer everything, {unit}"),
        width=150,
    )  # fmt: skip


def _about_people(
    run: Run, votes: NDArray[np.int64] | None, who: str, assumed: float, curve: TeamCurve, on_test: Division
) -> str:
    """Where the answers of people come from, and what is assumed of them."""
    dataset = run.config.dataset
    if votes is None:
        said = f"People are assumed to be right on {assumed:.1f} % of the images, whatever the image. Real people may be wrong more often on difficult images."
        if dataset in references.VOTES:
            file = references.VOTES[dataset]
            return f"{said} Votes of people on the test images of {sources.source(dataset).title} were published: github.com/jcpeterson/cifar-10h, for non-commercial use, to be put at `{references.where(file)}`."
        return f"{said} For {sources.source(dataset).title} no votes of people are read here; for CIFAR-10 they are."
    number = votes.sum(axis=1)
    said = (
        f"**CIFAR-10H has votes for the test images only** ({number.min()} to {number.max()} people per image; Peterson, Battleday, Griffiths, "
        f"Russakovsky 2019). So the division is chosen on validation as if people were right on {assumed:.1f} % of the images, whatever the image."
    )
    if who not in FROM_VOTES:
        return f"{said} The same is assumed on test: choose *One person* to see what people did."
    if np.isnan(on_test.people_accuracy):
        return f"{said} On test they are right on {percent(curve.people_alone)} of all images."
    return (
        f"{said} On test they are right on {percent(curve.people_alone)} of all images, and on {percent(on_test.people_accuracy)} of those that are "
        "left to them: what is difficult for the network is often difficult for people, too."
    )
