"""Label errors, and people's votes beside the network's probabilities."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data import sources
from core.data.formats import references
from core.data.formats.references import LabelReview
from core.metrics.agreement import entropy_rank_correlation, people_error, vote_entropy
from core.metrics.confusion import confusion_matrix, row_shares
from core.metrics.predictions import Predictions
from core.training.runs import Run
from core.views import votes as charts
from ui import loaded
from ui.components.addresses import numbered
from ui.components.controls import metrics, percent
from ui.components.plain_text import plain, quoted
from ui.errors import cards
from ui.loaded import people

Reviews: TypeAlias = Mapping[int, LabelReview]
Votes: TypeAlias = NDArray[np.int64]
Shares: TypeAlias = NDArray[np.floating]
Number: TypeAlias = tuple[str, str, str]  # label, value and meaning
DIVIDED, DOUBTED, WRONG = "images people disagree on", "doubted labels", "errors on a doubted label"


def show(run: Run) -> None:
    dataset, test = run.config.dataset, loaded.predictions(run, "test")
    for sentence in people.damage(run):
        st.error(plain(sentence), icon=":material/broken_image:")
    votes, reviews = people.votes(run), people.reviews(run)
    if reviews is None and votes is None:
        st.info(_what_is_missing(dataset), icon=":material/folder_open:")
        return
    by_class = None if votes is None else _errors_by_class(test, votes)
    st.markdown(_story(test, reviews, votes, by_class))
    checked = [] if reviews is None else _label_numbers(test, reviews)
    if by_class is None or votes is None:
        metrics(*checked, width=200)
        if dataset in references.VOTES:
            st.caption(_what_is_missing(dataset))
    else:
        _beside_people(test, votes, by_class, checked)
    lists = _lists(test, reviews, votes)
    which = st.selectbox("Show", lists, key="which", bind="query-params", width=300)
    samples = lists[which]
    left, right = st.columns([1.3, 1]) if votes is not None else (st.container(), st.container())
    with left:
        clicked = cards.show_page(run, samples, f"**{len(samples):,} {which}**", which, 12 if votes is None else 8)
    if clicked is not None:
        st.query_params["image"] = str(clicked)
    if votes is not None and len(samples):
        opened = _opened(len(votes))
        with right:
            _one(test, votes, int(samples[0]) if opened is None else opened)


def _opened(num_images: int) -> int | None:
    """The image that the address names, None if it names none; one that does not exist is said, and dropped."""
    text = st.query_params.get("image")
    if text is None:
        return None
    if (number := numbered(text, num_images)) is None:
        st.toast(f"There is no image {quoted(text)} here; showing the first of the list.", icon=":material/warning:")
        del st.query_params["image"]
    return number


def _one(test: Predictions, votes: Votes, sample: int) -> None:
    chart = charts.votes_beside_network(test.probs[sample], votes[sample], test.class_names, sample)
    st.vega_lite_chart(spec=chart, alt=f"Votes of people and probabilities of the network for image {sample}")
    label = test.class_names[test.labels[sample]]
    st.caption(f"Its label is **{plain(label)}**. Click an image to see its votes.")


def _what_is_missing(dataset: str) -> str:
    """One sentence: what would be shown, and where to put which file."""
    title, wanted = sources.source(dataset).title, []
    if dataset in references.WITH_LABEL_ERRORS:
        file = references.label_file(dataset)
        wanted.append(f"labels that people doubt (github.com/cleanlab/label-errors, to be put at `{references.where(file)}`)")  # fmt: skip
    if dataset in references.VOTES:
        file = references.VOTES[dataset]
        wanted.append(f"people's votes beside the network's bars (github.com/jcpeterson/cifar-10h, for non-commercial use, to be put at `{references.where(file)}`)")  # fmt: skip
    if not wanted:
        return f"For {title} nobody has published doubted labels or votes in a form that this page reads; it does for MNIST and CIFAR-10."
    return f"Here would be {' and '.join(wanted)}."


def _story(
    test: Predictions, reviews: Reviews | None, votes: Votes | None, by_class: tuple[Shares, Shares] | None
) -> str:
    """What people said of the labels and of the images, beside the network, and what to try."""
    said = []
    if reviews is not None:
        wrong = [review.sample for review in reviews.values() if review.is_error]
        said.append(
            f"People found **{len(wrong):,}** wrong labels; {(~test.correct[wrong]).sum():,} of the network's "
            f"{(~test.correct).sum():,} errors are on these images."
        )
    if votes is None or by_class is None:
        said.append("Look at the images: is the label right, or the network?")
        return " ".join(said)
    network, people_wrong = by_class
    names, most = test.class_names, votes.argmax(axis=1)
    said.append(
        f"By majority, people are right on **{percent(float((most == test.labels).mean()), 1)}** of the images, the network on "
        f"**{percent(test.accuracy, 1)}**. The hardest class is **{plain(names[np.nanargmax(people_wrong)])}** for people "
        f"({percent(float(np.nanmax(people_wrong)), 1)} of their votes are for another class) and "
        f"**{plain(names[np.nanargmax(network)])}** for the network ({percent(float(np.nanmax(network)), 1)} of its images are wrong). "
        "Is the network unsure about the images that people disagree on?"
    )
    return " ".join(said)


def _label_numbers(test: Predictions, reviews: Reviews) -> list[Number]:
    wrong = [review for review in reviews.values() if review.is_error]
    samples = np.array([review.sample for review in wrong], dtype=np.intp)
    errors = ~test.correct[samples]
    as_guessed = sum(test.predicted[review.sample] == review.guessed for review in wrong if review.guessed != review.given)  # fmt: skip
    others = np.ones(test.num_samples, dtype=bool)
    others[samples] = False
    return [
        ("Checked", f"{len(reviews):,}", "test images whose label was suspected to be wrong and checked by five people each (Northcutt, Athalye, Mueller 2021)"),
        ("Wrong labels", f"{len(wrong):,}", "of them, images for which fewer than half chose the official label alone; a vote for both labels does not count for it"),
        ("Errors there", f"{errors.sum():,}", f"of the {(~test.correct).sum():,} errors of this model: on these images it may be the label that is wrong, not the model"),
        ("Model = suggested label", f"{as_guessed:,}", "images with a wrong label for which this model predicts the label that was suggested instead: counted as errors, and probably right"),
        ("Accuracy", percent(test.accuracy), "on all test images"),
        ("Accuracy of the rest", percent(float(test.correct[others].mean())), "accuracy on the test images without the wrong labels: what the label errors hide"),
    ]  # fmt: skip


def _vote_numbers(test: Predictions, votes: Votes) -> list[Number]:
    most = votes.argmax(axis=1)
    return [
        ("Rank correlation", f"{entropy_rank_correlation(test.probs, votes):.3f}", "whether the network is unsure about the same images as people: 1 is the same order, 0 none. Spearman's, of the network's entropy with that of the votes, over all test images"),
        ("People correct", percent(float((most == test.labels).mean())), "images whose most chosen class is the official label"),
        ("Network correct", percent(test.accuracy), "images whose most likely class is the official label"),
        ("Unanimous", percent(float((votes.max(axis=1) == votes.sum(axis=1)).mean()), 1), "images for which all people chose the same class: what is not ambiguous for anybody"),
        ("Both agree", percent(float((most == test.predicted).mean())), "images whose most chosen class is the network's"),
    ]  # fmt: skip


def _errors_by_class(test: Predictions, votes: Votes) -> tuple[Shares, Shares]:
    """Error rates of each class, (num_classes,): of the network, and of people."""
    network = 1 - np.diag(row_shares(confusion_matrix(test)))
    return network, people_error(votes, test.labels, test.num_classes)


def _beside_people(test: Predictions, votes: Votes, by_class: tuple[Shares, Shares], checked: list[Number]) -> None:
    """Errors by class and the numbers that matter; folded, the other numbers and whether both are unsure about the same images."""
    voted = _vote_numbers(test, votes)
    left, right = st.columns([1.3, 1])
    chart = charts.errors_by_class(*by_class, test.class_names)
    left.vega_lite_chart(spec=chart, alt="Error rates of the network and of people for each class")
    with right:
        metrics(*voted[:4], *checked[1:3], width=150)
    people_per_image = votes.sum(axis=1)
    st.caption(
        f"Votes: CIFAR-10H, {people_per_image.min()} to {people_per_image.max()} people per image "
        "(Peterson, Battleday, Griffiths, Russakovsky 2019)."
    )
    with st.expander("More numbers, and whether both are unsure about the same images"):
        metrics(*voted[4:], *checked[:1], *checked[3:], width=200)
        chart = charts.doubt_beside_people(test.probs, votes)
        st.vega_lite_chart(spec=chart, alt="Entropy of the network against entropy of the votes")


def _lists(test: Predictions, reviews: Reviews | None, votes: Votes | None) -> dict[str, NDArray[np.intp]]:
    """What can be looked at, by its name."""
    lists: dict[str, NDArray[np.intp]] = {}
    if votes is not None:
        entropy = vote_entropy(votes)
        lists[DIVIDED] = np.argsort(-entropy, kind="stable")[: int((entropy > 0).sum())]
    if reviews is not None:
        ranked = sorted(reviews.values(), key=lambda review: review.num_given / max(review.num_votes, 1))
        samples = np.array([review.sample for review in ranked if review.num_given < review.num_votes], dtype=np.intp)
        lists |= {DOUBTED: samples, WRONG: samples[~test.correct[samples]]}
    return lists
