"""One map of a picture to take away: as a picture, as numbers, and as a card with everything that made it."""

import io

import numpy as np
import streamlit as st

from core.training.runs import Run
from core.views import cards, overlays
from ui.components.overlays import Figure, Look
from ui.components.saliency.options import Options
from ui.components.saliency.targets import Target
from ui.explain.subject import Subject


def show_downloads(
    run: Run, subject: Subject, figures: list[tuple[Target, Figure]], options: Options, look: Look
) -> None:
    """Ask which map to save and in which form.

    Args:
        run: whose network is explained.
        subject: the picture.
        figures: of each target and method; at least one.
        options: the methods' settings.
        look: how the map is shown.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        place = st.selectbox(
            "Save",
            range(len(figures)),
            format_func=lambda place: f"{figures[place][1].title} {figures[place][0].name}",
            key="saved",
            bind="query-params",
            width=300,
        )
        target, figure = figures[place]
        method, saliency_map = figure.title, figure.saliency_map
        if saliency_map is None:
            return
        kind = "-".join(map(str, (target.kind, *target.classes)))
        name = f"{run.name}-{subject.name[:20]}-{method}-{kind}".replace(" ", "_")
        colours = overlays.coloured(overlays.shown(saliency_map, look.sign, look.percentile), look.scale)

        def card() -> bytes:
            settings = ", ".join(f"{field} {value}" for field, value in options._asdict().items() if value is not None)
            lines = (
                run.title,
                subject.name[:40],
                figure.badge,
                settings,
                f"opacity {look.opacity}, {look.sign}, clipped at {look.percentile} %",
            )
            return cards.saliency_card(
                subject.image, overlays.overlay(subject.image, colours, look.opacity), f"{method} {target.name}", lines
            )

        def raw() -> bytes:
            buffer = io.BytesIO()
            np.save(buffer, saliency_map, allow_pickle=False)
            return buffer.getvalue()

        picture = overlays.enlarged_overlay(subject.image, colours, look.opacity)
        st.download_button("Overlay (PNG)", picture, f"{name}.png", "image/png", on_click="ignore")
        st.download_button(
            "Map (NPY)", raw, f"{name}.npy", on_click="ignore", help="The raw map, float32, signed where the method is."
        )
        st.download_button(
            "Card (PNG)",
            card,
            f"{name}-card.png",
            "image/png",
            on_click="ignore",
            help="Image, map, settings, run and badge.",
        )
