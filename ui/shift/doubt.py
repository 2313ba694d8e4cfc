"""Two kinds of doubt: is the image ambiguous, or is it unfamiliar?"""

import numpy as np
import streamlit as st

import ui
from core.data import sources
from core.metrics.passes import PassSummary
from core.training.runs import Run
from core.views import drawing, pictures
from core.views import shift as shift_charts
from ui import evidence, judge, network

NUM_DRAWN, NUM_SHOWN = 1500, 10


def show(run: Run) -> None:
    network.warm(run)
    if ui.images(run, "test") is None:
        return
    kinds = evidence.kinds(run)
    foreign = next(iter(kinds))
    title = sources.source(run.config.dataset).title
    names = {
        evidence.OWN: title,
        evidence.NOISED: f"{title} with {100 * evidence.ARTICLE_NOISE:.0f} % noise",
        foreign: kinds[foreign],
    }
    if not evidence.offer_passes(run, names):
        return
    kept = {name: evidence.kept_passes(run, what) for what, name in names.items()}
    left, right = st.columns([1.6, 1])
    with left:
        doubts = {name: (of.expected_entropy, of.mutual_information) for name, of in kept.items()}
        # The first so many of each, drawn in a mixed order by the browser: more points than that only hide each other.
        shown = {name: np.arange(min(NUM_DRAWN, len(of.mean_probs))) for name, of in kept.items()}
        event = st.vega_lite_chart(
            spec=shift_charts.two_doubts(doubts, shown), key="doubts", on_select="rerun", selection_mode=["pick"],
            alt="Aleatoric against epistemic doubt",
        )  # fmt: skip
        means = [
            f"{name}: {of.expected_entropy.mean():.3f} and {of.mutual_information.mean():.3f}"
            for name, of in kept.items()
        ]
        st.caption(
            f"The first {NUM_DRAWN:,} of each. Means over all, aleatoric and epistemic, nats: {'; '.join(means)}."
        )
    with right:
        picked = event.selection.get("pick")
        if picked:
            what = next(what for what, name in names.items() if name == picked[0]["data"])
            _one(run, what, names[what], int(picked[0]["sample"]), kept[names[what]])
        else:
            st.info("Click a point to see its image and what each thinned network says.", icon=":material/ads_click:")
    for what, name in names.items():
        _rows(run, what, name, kept[name])


def _one(run: Run, what: str, name: str, sample: int, of: PassSummary) -> None:
    image = evidence.images_of(what, run.config.dataset)[sample]
    seen, said = st.columns(2)
    seen.image(pictures.enlarged(image, 4).squeeze(), caption=f"{name}, image {sample}")
    said.metric("Aleatoric", f"{of.expected_entropy[sample]:.3f}", help="Expected entropy, nats: ambiguous.")
    said.metric("Epistemic", f"{of.mutual_information[sample]:.3f}", help="Mutual information, nats: unfamiliar.")
    mc_probs = judge.passes_of(run, image)
    chart = drawing.passes_strip(mc_probs, sources.source(run.config.dataset).class_names)
    st.vega_lite_chart(spec=chart, alt="Probability of each class in every pass")


def _rows(run: Run, what: str, name: str, of: PassSummary) -> None:
    images, names = evidence.images_of(what, run.config.dataset), sources.source(run.config.dataset).class_names
    st.markdown(f"**{name}**")
    for column, title, doubt in zip(
        st.columns(3),
        ("Strangest: most epistemic", "Most ambiguous: most aleatoric", "Most certain: least of both"),
        (-of.mutual_information, -of.expected_entropy, of.predictive_entropy),
        strict=True,
    ):
        found = np.argsort(doubt, kind="stable")[:NUM_SHOWN]
        column.caption(
            title, help="Below each image the class that the passes favour on average, and their probability."
        )
        column.image(
            [pictures.enlarged(images[sample], 2).squeeze() for sample in found],
            caption=[f"{names[of.mean_probs[s].argmax()]} {of.mean_probs[s].max():.0%}" for s in found],
            width=52,
        )
