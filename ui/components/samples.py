"""Samples of a split: a gallery in pages, and one sample opened from it."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray

from core.metrics.predictions import Predictions
from core.metrics.samples import share_more_certain
from core.metrics.scores import FROM_LOGITS, labels_from
from core.training.runs import Run
from core.views import bars, palette, pictures
from ui import loaded
from ui.components.addresses import numbered
from ui.components.gallery import gallery
from ui.components.overlays import Look, show_figures
from ui.components.plain_text import plain, quoted
from ui.components.saliency.maps import two_maps
from ui.components.score_names import score_name

SIDE = 224  # pixels of the opened image


def show_samples(
    run: Run,
    split: str,
    samples: NDArray[np.integer],
    notes: Callable[[NDArray[np.integer]], list[str]],
    *,
    key: str,
    title: str = "",
    page_size: int = 12,
    page_key: str = "page",
    all_classes: bool = False,
    refused: NDArray[np.bool_] | None = None,
) -> int | None:
    """A gallery of a split's samples, a page at a time.

    Args:
        run: whose predictions to show.
        split: "validation" or "test".
        samples: (num_samples,) indices into the split, in the order to show.
        notes: the samples of one page -> a short text for each.
        key: of the gallery.
        title: a line above, in Markdown.
        page_size: cards on a page.
        page_key: of the pager, also in the address; another key starts at the first page.
        all_classes: a column for every class instead of the five most likely as rows.
        refused: (num_samples of the split,), whether each image is refused; None where the page has no threshold.

    Returns:
        The sample that was just clicked, or None.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        if title:
            st.markdown(title)
        shown = page_of(samples, page_size, page_key)
    images = loaded.images(run, split)
    if not len(samples):
        return None
    return gallery(
        images, loaded.predictions(run, split), shown, notes(shown), key=key, all_classes=all_classes,
        source=(run.config.dataset, split), refused=refused,
    )  # fmt: skip


def page_of(samples: NDArray[np.integer], page_size: int, key: str) -> NDArray[np.integer]:
    """The samples of the page that the viewer chooses with a pager of this key, which is also in the address."""
    num_pages = max(-(-len(samples) // page_size), 1)
    if num_pages == 1:
        return samples
    number = st.pagination(num_pages, key=key, max_visible_pages=5, bind="query-params")
    return samples[(number - 1) * page_size : number * page_size]


def open_sample(sample: int | None) -> None:
    """Open a sample, or close the one that is open; the address follows."""
    if sample is None:
        st.query_params.pop("sample", None)
    else:
        st.query_params["sample"] = str(sample)


def show_opened(run: Run, split: str, among: NDArray[np.integer], refused: NDArray[np.bool_] | None = None) -> None:
    """Show the sample that the address names, if it names one.

    Args:
        run: whose predictions to show.
        split: "validation" or "test".
        among: the samples listed behind the dialog, through which the arrow keys walk.
        refused: (num_samples of the split,), whether each image is refused; None where the page has no threshold.
    """
    if opened(loaded.predictions(run, split).num_samples) is not None:
        # What is said of the image stands inside: this heading stays the same while the arrow keys walk on.
        heading = f"{split.capitalize()} image"
        st.dialog(heading, width="large", on_dismiss=lambda: open_sample(None))(_dialog)(run, split, among, refused)


def opened(num_samples: int) -> int | None:
    """The sample that the address names, None if it names none; one that this split does not have is said, and dropped."""
    text = st.query_params.get("sample")
    if text is None:
        return None
    if (number := numbered(text, num_samples)) is not None:
        return number
    st.toast(
        f"There is no image {quoted(text)} here; they are numbered 0 to {num_samples - 1:,}.",
        icon=":material/warning:",
    )
    open_sample(None)
    return None


def _walk(among: NDArray[np.integer], steps: int) -> None:
    """From the sample that is open now, which may have changed since the button was drawn."""
    place = np.flatnonzero(among.astype(str) == st.query_params.get("sample"))
    if len(place):
        open_sample(int(among[np.clip(place[0] + steps, 0, len(among) - 1)]))


def _dialog(run: Run, split: str, among: NDArray[np.integer], refused: NDArray[np.bool_] | None) -> None:
    predictions = loaded.predictions(run, split)
    sample = opened(predictions.num_samples)
    if sample is None:
        return
    is_refused = refused is not None and bool(refused[sample])
    st.header(_told(predictions, split, sample, is_refused=is_refused), anchor=False)
    show_place(sample, among)
    names, label = predictions.class_names, int(predictions.labels[sample])
    images = loaded.images(run, split, quiet=True)
    facts, probabilities, logits = st.columns([1.4, 1.5, 1.5])
    with facts:
        if images is not None:
            side = SIDE // images.shape[1] or 1
            st.image(pictures.enlarged(images[sample], side).squeeze(), alt=f"image {sample}, a {names[label]}")
        _facts(run, split, sample)
    with probabilities:
        chart = bars.class_bars(
            predictions.probs[sample], names, label, "Class probabilities", "Probability", percent=True
        )
        st.vega_lite_chart(spec=chart, alt="Probability of each class")
    with logits:
        chart = bars.class_bars(predictions.logits[sample], names, label, "Logits", "Logit", percent=False)
        st.vega_lite_chart(spec=chart, alt="Logit of each class")
    if images is not None:
        _why(run, split, images[sample], predictions, sample)


def _told(predictions: Predictions, split: str, sample: int, *, is_refused: bool) -> str:
    """The heading of an opened sample, in Markdown: which image, what it is, and what becomes of it."""
    names, label, predicted = predictions.class_names, predictions.labels[sample], predictions.predicted[sample]
    verdicts = [
        palette.coloured("**right**", "right") if label == predicted else palette.coloured("**wrong**", "wrong")
    ]
    if is_refused:
        verdicts.append(palette.coloured("**refused**", "refused"))
    return f"Image {sample} of {split}: true {plain(names[label])}, predicted {plain(names[predicted])} · {' · '.join(verdicts)}"


def show_place(sample: int, among: NDArray[np.integer]) -> None:
    """The sample's place among those listed behind the dialog, and the way to its neighbours."""
    places = np.flatnonzero(among == sample)
    place = int(places[0]) if len(places) else None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Previous", icon=":material/arrow_back:", shortcut="Left", disabled=place in (None, 0),
            on_click=_walk, args=(among, -1),
        )  # fmt: skip
        st.button(
            "Next", icon=":material/arrow_forward:", shortcut="Right", disabled=place in (None, len(among) - 1),
            on_click=_walk, args=(among, 1),
        )  # fmt: skip
        where = f"{place + 1:,} of {len(among):,} in this list" if place is not None else "not in the list behind"
        st.markdown(where)


def _facts(run: Run, split: str, sample: int) -> None:
    """The sample's value of every score, and where it stands among all images of the split."""
    labels = labels_from(FROM_LOGITS)
    values = [loaded.scored(run, split, score).uncertainty for score in labels]
    st.dataframe(
        # Streamlit sends an Arrow table several times as fast as a dict, which goes by way of pandas.
        pa.table(
            {
                "Score": [score_name(label) for label in labels],
                "Value": [float(value[sample]) for value in values],
                "Percentile": [100 * share_more_certain(value, value[sample]) for value in values],
            }
        ),
        hide_index=True,
        column_config={
            "Value": st.column_config.NumberColumn(format="%.4f", width="small", help="Higher = more uncertain."),
            "Percentile": st.column_config.NumberColumn(
                format="%.1f %%",
                help="Share of the images of this split that are more certain; equal scores count half.",
            ),
        },
    )


def _why(run: Run, split: str, image: NDArray[np.uint8], predictions: Predictions, sample: int) -> None:
    """Grad-CAM and SmoothGrad on request, as they need the network, and the way to all methods."""
    with st.container(horizontal=True, vertical_alignment="center"):
        wanted = st.toggle(
            "Why? Grad-CAM and SmoothGrad", key="why", bind="query-params", help="For the predicted and the true class."
        )
        if split == "test":
            query = {"run": run.name, "sample": str(sample)}
            label, icon = "Explain it by twelve methods", ":material/troubleshoot:"
            st.page_link("pages/5_Explain.py", label=label, icon=icon, query_params=query)
    if wanted:
        classes = dict.fromkeys((int(predictions.predicted[sample]), int(predictions.labels[sample])))
        figures = two_maps(run, f"{split} {sample}", image, classes, predictions.class_names)
        show_figures([figures], Look(), key="why_maps", side=150)
