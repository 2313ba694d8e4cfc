"""Two kinds of doubt: is the image ambiguous, or is it unfamiliar?"""

import numpy as np
import streamlit as st

from core.data import sources
from core.metrics.passes import PassSummary
from core.training.runs import Run
from core.views import drawing, pictures
from core.views import shift as shift_charts
from ui import loaded, serving
from ui.components.offers import offer_passes
from ui.loaded import evidence
from ui.shift import kinds

NUM_DRAWN, NUM_EXTREMES = 1500, 10


def show(run: Run) -> None:
    serving.warm(run)
    if loaded.images(run, "test") is None:
        return
    others = kinds.offered(run)
    other = next(iter(others))
    title = sources.source(run.config.dataset).title
    names = {
        evidence.TEST: title,
        evidence.NOISED: f"{title} with {100 * evidence.ARTICLE_NOISE:.0f} % noise",
        other: others[other],
    }
    if not offer_passes(run, names):
        return
    found = {name: evidence.kept_passes(run, kind) for kind, name in names.items()}
    kept = {name: summary for name, summary in found.items() if summary is not None}
    left, right = st.columns([1.6, 1])
    with left:
        doubts = {name: (summary.expected_entropy, summary.mutual_information) for name, summary in kept.items()}
        # The first so many of each: more points than that only hide each other.
        shown = {name: np.arange(min(NUM_DRAWN, len(summary.mean_probs))) for name, summary in kept.items()}
        event = st.vega_lite_chart(
            spec=shift_charts.two_doubts(doubts, shown), key="doubts", on_select="rerun", selection_mode=["pick"],
            alt="Aleatoric against epistemic doubt",
        )  # fmt: skip
        means = [
            f"{name}: {summary.expected_entropy.mean():.3f} and {summary.mutual_information.mean():.3f}"
            for name, summary in kept.items()
        ]
        st.caption(
            f"The first {NUM_DRAWN:,} of each. Means over all, aleatoric and epistemic, nats: {'; '.join(means)}."
        )
    with right:
        picked = event.selection.get("pick")
        if picked:
            kind = next(kind for kind, name in names.items() if name == picked[0]["data"])
            _show_one(run, kind, names[kind], int(picked[0]["sample"]), kept[names[kind]])
        else:
            st.info("Click a point to see its image and what each thinned network says.", icon=":material/ads_click:")
    for kind, name in names.items():
        _show_rows(run, kind, name, kept[name])


def _show_one(run: Run, kind: str, name: str, sample: int, summary: PassSummary) -> None:
    image = evidence.images_of(kind, run.config.dataset)[sample]
    seen, said = st.columns(2)
    seen.image(pictures.enlarged(image, 4).squeeze(), caption=f"{name}, image {sample}")
    said.metric(
        "Aleatoric",
        f"{summary.expected_entropy[sample]:.3f}",
        help="Expected entropy, nats: high for an ambiguous image.",
    )
    said.metric(
        "Epistemic",
        f"{summary.mutual_information[sample]:.3f}",
        help="Mutual information, nats: high for an unfamiliar image.",
    )
    mc_probs = serving.passes_of(run, image)
    if mc_probs is None:
        return
    chart = drawing.passes_strip(mc_probs, sources.source(run.config.dataset).class_names)
    st.vega_lite_chart(spec=chart, alt="Probability of each class in every pass")


def _show_rows(run: Run, kind: str, name: str, summary: PassSummary) -> None:
    images, names = evidence.images_of(kind, run.config.dataset), sources.source(run.config.dataset).class_names
    st.markdown(f"**{name}**")
    for column, title, doubt in zip(
        st.columns(3),
        ("Strangest: most epistemic", "Most ambiguous: most aleatoric", "Most certain: least of both"),
        (-summary.mutual_information, -summary.expected_entropy, summary.predictive_entropy),
        strict=True,
    ):
        found = np.argsort(doubt, kind="stable")[:NUM_EXTREMES]
        column.caption(
            title, help="Below each image the class that the passes favour on average, and their probability."
        )
        column.image(
            [pictures.enlarged(images[sample], 2).squeeze() for sample in found],
            caption=[f"{names[summary.mean_probs[s].argmax()]} {summary.mean_probs[s].max():.0%}" for s in found],
            width=52,
        )
