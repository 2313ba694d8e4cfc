"""The tour through the pages: numbered stations, all of one run, each with a sentence in the run's numbers."""

import streamlit as st

from core.metrics.predictions import Predictions
from core.metrics.rejection import RejectOutcome
from core.training.runs import Run
from ui.components.controls import percent
from ui.components.plain_text import plain
from ui.decision import FIRST_SCORE
from ui.home.story import Examples, most_confused
from ui.home.words import UNBROKEN_WAKARANAI
from ui.shell import TOUR, page_link

WITHOUT_RUN = {
    "Inspect": "See which images a network is unsure of.",
    "Reject": "Move a threshold and see which errors are refused.",
    "Errors": "See which classes are confused.",
    "Draw": f"Draw or upload a picture, and get an answer or “{UNBROKEN_WAKARANAI}”.",
    "Explain": "See which pixels speak for a class, and whether such a map can be trusted.",
    "Shift": "Corrupt the images, or show images of another kind.",
    "Train": "Choose data, network and training length. Training runs in the background.",
}


def show_tour(says: dict[str, str], links: dict[str, dict[str, str]]) -> None:
    """The stations, with what each says and the query of its link."""
    st.subheader(f"A tour in {len(TOUR)} steps", anchor=False)
    with st.grid(4, min_column_width=200):
        for number, title in enumerate(TOUR, start=1):
            with st.container(border=True, height="stretch"):
                st.markdown(f"**{number} · {title}**\n\n{says[title]}")
                page_link(title, f"Open {title}", **links.get(title, {}))


def takeaways(run: Run, test: Predictions, outcome: RejectOutcome, threshold: float, shown: Examples) -> dict[str, str]:
    """What each station says of a run at a threshold."""
    errors, names = outcome.errors_left + outcome.errors_caught, test.class_names
    says = WITHOUT_RUN | {
        "Inspect": f"It refuses {outcome.num_rejected:,} of {test.num_samples:,} test images: {outcome.errors_caught:,} are "
        f"errors, and {outcome.num_rejected - outcome.errors_caught:,} would have been right.",
        "Reject": f"Answering {percent(outcome.coverage, 1)} of the images takes the accuracy from {percent(test.accuracy)} to "
        f"{percent(outcome.accuracy_accepted)}. {outcome.errors_left:,} of {errors:,} errors are still answered.",
        "Draw": f"Draw or upload a picture. If its uncertainty is above {threshold:.3g}, you get “{UNBROKEN_WAKARANAI}” instead of an answer.",
        "Shift": f"It refuses {percent(1 - outcome.coverage, 1)} of clean test images. Does it refuse more when images are "
        "corrupted, or of another kind?",
    }
    if pair := most_confused(run):
        says["Errors"] = (
            f"The classes {plain(names[pair.first])} and {plain(names[pair.second])} are confused in both directions: {pair.there + pair.back:,} "
            f"of its {errors:,} errors."
        )
    if shown.wrong is not None:
        label, predicted = test.labels[shown.wrong], test.predicted[shown.wrong]
        says["Explain"] = (
            f"It gives {plain(names[predicted])} a probability of {percent(test.probs[shown.wrong].max(), 1)}, but the label is "
            f"{plain(names[label])}. Which pixels speak for {plain(names[predicted])}?"
        )
    return says


def queries(run: Run, threshold: float, shown: Examples) -> dict[str, dict[str, str]]:
    """What the address of each station says, so that all of them show the same run at the same threshold."""
    query = {title: {"run": run.name} for title in TOUR if title != "Train"}
    for title in ("Inspect", "Reject"):
        query[title] |= {"score": FIRST_SCORE, "threshold": repr(threshold)}
    if shown.wrong is not None:
        query["Explain"]["sample"] = str(shown.wrong)
    return query
