"""The last images with their verdicts, and blends of two of them."""

from functools import partial

import streamlit as st

from core.data.pictures.ladder import ladder
from core.metrics.decision import Decision
from core.training.runs import Run
from core.views import pictures
from core.views.cards import verdict_card
from core.views.palette import WAKARANAI, coloured
from ui import loaded
from ui.components.gallery import answer_cards
from ui.components.history import NUM_KEPT, history
from ui.components.plain_text import plain
from ui.loaded.evidence import answers_and_uncertainty

NUM_STEPS = 8


def show_history() -> None:
    """The last pictures with their verdicts, each to be saved."""
    kept = history()
    if not kept:
        return
    st.subheader("History", anchor=False)
    for column, (number, entry) in zip(st.columns(NUM_KEPT, wrap=False), enumerate(kept), strict=False):
        with column:
            st.image(pictures.enlarged(entry.image, 3).squeeze(), alt=f"drawing {number + 1}")
            st.markdown(
                coloured(f"**{plain(entry.verdict)}**", "right")
                if entry.accepted
                else coloured(f"**{WAKARANAI}**", "refused")
            )
            with st.popover("Save"):
                st.download_button(
                    "Picture (PNG)",
                    pictures.png(entry.image),
                    f"drawing-{number + 1}.png",
                    key=f"png{number}",
                    on_click="ignore",
                )
                card = partial(verdict_card, entry.image, entry.answers, entry.verdict, entry.accepted, entry.about)
                st.download_button("Card (PNG)", card, f"card-{number + 1}.png", key=f"card{number}", on_click="ignore")


def show_ladder(run: Run, decision: Decision) -> None:
    """Blends of two images in eight steps: where does the answer change, and does the network refuse in between?"""
    with st.expander("Blend two drawings (step by step)", on_change="rerun", key="ladder") as opened:
        if not opened.open:
            return
        images = loaded.images(run, "test")
        drawings = {f"drawing {number + 1}": entry.image for number, entry in enumerate(history())}
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
        answers, uncertainty = answers_and_uncertainty(run, steps, decision.score)
        accepted = decision.accepts(uncertainty)
        names = [answers.class_names[index] for index in answers.predicted]
        verdicts = [name if answered else WAKARANAI for name, answered in zip(names, accepted, strict=True)]
        answer_cards(steps, answers, verdicts, accepted, key="ladder_cards")
