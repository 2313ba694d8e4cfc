"""What the network makes of one picture, and the pictures it was shown before."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from core.data import sources
from core.data.datasets import DataDamaged, DataMissing
from core.data.digits import Step
from core.data.pictures.ladder import ladder
from core.metrics import uncertainty
from core.metrics.predictions import Answers, Predictions
from core.metrics.samples import share_more_certain
from core.serving.values import Nearest
from core.training.runs import Run
from core.views import cards, overlays, pictures
from ui import images as test_images
from ui import network, percent
from ui.gallery import answer_cards
from ui.scores import SCORES

NUM_NEIGHBORS, NUM_KEPT, NUM_STEPS = 5, 8, 8
LOOK_EVERY = 2.0  # seconds


class Kept(NamedTuple):
    """A picture of the history with its verdict."""

    image: NDArray[np.uint8]  # (height, width, channels)
    answers: Answers
    accepted: bool
    about: tuple[str, ...]  # lines for the card

    @property
    def verdict(self) -> str:
        return self.answers.class_names[self.answers.predicted[0]] if self.accepted else "I don't know"


def answers_of(run: Run, images: NDArray[np.uint8]) -> Answers:
    """The network's logits of some pictures, with the names of its classes."""
    return Answers(network.network(run).logits(images), sources.source(run.config.dataset).class_names)


def passes_of(run: Run, image: NDArray[np.uint8]) -> NDArray[np.float64] | None:
    """(num_passes, num_classes): Monte Carlo dropout on a picture; None if the network has no Dropout."""
    if not network.about(run).has_dropout:
        return None
    return network.network(run).mc_dropout_probs(image[None], network.NUM_PASSES, network.SEED)[0]


def show_verdict(image: NDArray[np.uint8], steps: tuple[Step, ...], answers: Answers, accepted: bool) -> DeltaGenerator:
    """The verdict in big letters, beside what the network sees; returns the place for why it says so."""
    top, share = answers.class_names[answers.predicted[0]], percent(answers.probs[0].max(), 1)
    seen, why, said = st.columns([1, 1, 1.9], vertical_alignment="center")
    with said:
        st.markdown(f"# :blue[{top}]" if accepted else "## :orange[わからない]")
        st.caption(
            f"Answered, probability {share}." if accepted else f"I don't know. It would have said {top} ({share})."
        )
        if steps:
            with st.popover("Steps", help="How the picture became what the network sees."):
                for step in steps:
                    st.image(step.image, width=140, caption=f"{step.name}: {step.explanation}", alt=step.name)
    with seen:
        st.image(pictures.enlarged(image, 4).squeeze(), alt="the picture as the network sees it")
    return why.container()


def show_why(run: Run, image: NDArray[np.uint8], answers: Answers) -> None:
    """The Grad-CAM overlay of the likeliest class; nothing for a network without convolutions."""
    if not network.about(run).feature_layers:
        return
    of = overlays.shown(network.network(run).grad_cam(image[None], answers.predicted).maps[0])
    coloured = overlays.overlay(image, overlays.coloured(of), 0.7)
    st.image(pictures.enlarged(coloured, max(1, 112 // len(image))), alt="Grad-CAM of the likeliest class")
    st.caption("Grad-CAM" if of.limit else "no positive evidence", help="Which places speak for the likeliest class.")


def show_scores(answers: Answers, test: Predictions) -> None:
    """Every score with the share of test images that are more certain."""
    values = {name: float(score.of(answers)[0]) for name, score in SCORES.items()}
    shares = [100 * share_more_certain(SCORES[name].of(test), value) for name, value in values.items()]
    st.dataframe(
        {"Score": list(values), "Value": list(values.values()), "More certain": shares},
        hide_index=True,
        row_height=27,
        column_config={
            "Value": st.column_config.NumberColumn(format="%.3f", width="small", help="Larger is less certain."),
            "More certain": st.column_config.NumberColumn(
                format="%.1f %%", width="small", help="The share of the test images that are more certain."
            ),
        },
    )


def show_doubt(mc_probs: NDArray[np.float64]) -> None:
    """The doubt in two, from (num_passes, num_classes): what no training would remove, and what more training could."""
    aleatoric = float(uncertainty.expected_entropy(mc_probs[None])[0])
    epistemic = float(uncertainty.mutual_information(mc_probs[None])[0])
    left, right = st.columns(2)
    left.metric(
        "Aleatoric", f"{aleatoric:.3f}",
        help="Expected entropy in nats: each thinned network is unsure by itself, the picture is ambiguous.",
    )  # fmt: skip
    right.metric(
        "Epistemic", f"{epistemic:.3f}",
        help="Mutual information in nats: the thinned networks contradict each other, the picture is unfamiliar.",
    )  # fmt: skip


def show_neighbors(run: Run, image: NDArray[np.uint8]) -> None:
    """The images it learned from that look most alike to the network; while it looks through them, the best so far."""
    found = _nearest(run, image, seconds=0)
    if found is None or found.num_seen < found.num_images:
        # Further images are looked at while somebody is here to see the result.
        st.fragment(_look_further, run_every=LOOK_EVERY)(run, image)
    else:
        _show_nearest(run, found)


def _look_further(run: Run, image: NDArray[np.uint8]) -> None:
    found = _nearest(run, image, seconds=LOOK_EVERY / 2)
    if found is None:
        return
    if found.num_seen == found.num_images:
        st.rerun()  # without asking every two seconds
    _show_nearest(run, found)


def _nearest(run: Run, image: NDArray[np.uint8], seconds: float) -> Nearest | None:
    try:
        found = network.network(run).nearest(run.config.dataset, image, NUM_NEIGHBORS, seconds)
    except (DataMissing, DataDamaged) as error:
        st.caption(f"What it reminds the network of cannot be shown: {error}")
        return None
    if found is None:
        st.caption("Looking at the training images; the nearest ones will appear here.")
    return found


def _show_nearest(run: Run, found: Nearest) -> None:
    of = "training" if found.split == "train" else "test"
    st.markdown(
        "**Reminds it of**", help=f"The nearest {of} images in the network's last hidden layer: class and distance."
    )
    names = sources.source(run.config.dataset).class_names
    st.image(
        [pictures.enlarged(image, 2).squeeze() for image in found.images],
        caption=[f"{names[label]} · {away:.1f}" for label, away in zip(found.labels, found.distances, strict=True)],
        alt=[f"a {names[label]}" for label in found.labels],
        width=46 if max(map(len, names)) < 4 else 74,  # room for the longer names
    )
    if found.num_seen < found.num_images:
        st.caption(f"Best of {found.num_seen:,} so far, of {found.num_images:,}.")


def remember(
    run: Run, image: NDArray[np.uint8], answers: Answers, accepted: bool, threshold: float, score: str
) -> None:
    """Keep the picture with its verdict; the same picture again replaces its last verdict."""
    kept: list[Kept] = st.session_state.setdefault("history", [])
    about = (f"{run.title}", f"{score} {float(SCORES[score].of(answers)[0]):.4f}, threshold {threshold:.4f}")
    new = Kept(image, answers, accepted, about)
    # A ladder needs pictures of one shape: what another kind of network was shown is left behind.
    kept = [entry for entry in kept if entry.image.shape == image.shape]
    if kept and np.array_equal(kept[-1].image, image):
        kept.pop()
    st.session_state.history = [*kept, new][-NUM_KEPT:]


def show_history() -> None:
    """The last pictures with their verdicts, each to be saved."""
    kept: list[Kept] = st.session_state.get("history", [])
    if not kept:
        return
    st.subheader("Shown before", anchor=False)
    for column, (number, entry) in zip(st.columns(NUM_KEPT, wrap=False), enumerate(kept), strict=False):
        with column:
            st.image(pictures.enlarged(entry.image, 3).squeeze(), alt=f"drawing {number + 1}")
            st.markdown(f":blue[**{entry.verdict}**]" if entry.accepted else ":orange[**わからない**]")
            with st.popover("Save"):
                st.download_button(
                    "Picture (PNG)",
                    pictures.png(entry.image),
                    f"drawing-{number + 1}.png",
                    key=f"png{number}",
                    on_click="ignore",
                )
                card = cards.verdict_card(entry.image, entry.answers, entry.verdict, entry.accepted, entry.about)
                st.download_button("Card (PNG)", card, f"card-{number + 1}.png", key=f"card{number}", on_click="ignore")


def show_ladder(run: Run) -> None:
    """Eight steps between two pictures: where does it change its mind, and does it refuse in between?"""
    with st.expander("Ambiguity ladder: from one picture to another", on_change="rerun", key="ladder") as opened:
        if not opened.open:
            return
        images = test_images(run, "test")
        kept: list[Kept] = st.session_state.get("history", [])
        drawings = {f"drawing {number + 1}": entry.image for number, entry in enumerate(kept)}
        ends = []
        for column, label, default in zip(st.columns(2), ("From", "To"), (0, 1), strict=True):
            with column:
                options = [*drawings, "test image"]
                chosen = st.selectbox(label, options, index=min(default, len(options) - 1), key=f"ladder_{label}")
                if chosen == "test image":
                    if images is None:
                        return
                    number = st.number_input("Number", 0, len(images) - 1, 7 * default, key=f"ladder_number_{label}")
                    ends.append(images[number])
                else:
                    ends.append(drawings[chosen])
        steps = ladder(ends[0], ends[1], NUM_STEPS)
        answers = answers_of(run, steps)
        threshold = st.session_state.threshold
        scores = SCORES[st.session_state.score].of(answers)
        accepted = scores <= threshold
        names = [answers.class_names[index] for index in answers.predicted]
        verdicts = [name if answered else "わからない" for name, answered in zip(names, accepted, strict=True)]
        answer_cards(steps, answers, verdicts, accepted, key="ladder_cards")
