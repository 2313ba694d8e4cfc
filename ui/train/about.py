"""What was chosen: how much data there is, where to get missing files, and a large network's layers."""

import streamlit as st

from core.data import download, sources
from core.models.sizes import vgg19_layers
from ui.components.plain_text import plain


def about_data(dataset: str) -> None:
    """How many images there are, in which groups, and whether they are only a sample."""
    source, count = sources.source(dataset), sources.num_samples(dataset)
    groups = " · ".join(f"{group}: {', '.join(names)}" for group, names in source.groups.items())
    st.caption(
        f"{count['train']:,} training images, {count['validation']:,} validation images, {count['test']:,} test images.",
        help=f"Groups of classes: {groups}. Cite: {source.citation}",
    )
    if note := sources.note(dataset):
        st.info(note, icon=":material/filter_list:")


def about_network(architecture: str, dataset: str) -> None:
    """VGG19's weights layer by layer, as the article has them."""
    if architecture != "vgg19":
        return
    source = sources.source(dataset)
    layers = vgg19_layers(source.image_shape, len(source.class_names))
    with st.expander("VGG19 layer by layer"):
        st.dataframe(
            {
                "Layer": [layer.name for layer in layers],
                "Weights": [layer.weights for layer in layers],
                "Kernel": [" x ".join(map(str, layer.kernel)) for layer in layers],
                "Output": [" x ".join(map(str, layer.output)) for layer in layers],
            },
            hide_index=True,
            column_config={"Weights": st.column_config.NumberColumn(format="localized")},
        )
        st.caption(
            f"Without biases {sum(layer.weights for layer in layers[:-1]):,} weights, and {layers[-1].weights:,} in the last "
            "layer."
        )


def download_offer(dataset: str, missing: list[str]) -> None:
    """Say which files are missing and fetch them on request, with a progress bar."""
    st.warning(
        f"{sources.source(dataset).title} is not here in full: {', '.join(missing)} missing.",
        icon=":material/download:",
    )
    if not st.button("Download from the publisher", icon=":material/download:"):
        return
    bar = st.progress(0.0, "Connecting…")

    def told(file: str, done: int, total: int) -> None:
        bar.progress(min(done / total, 1.0) if total else 0.0, f"{file}: {done / 1e6:.1f} MB")

    try:
        download.download(dataset, told)
    except download.DownloadFailed as error:
        st.error(plain(str(error)), icon=":material/cloud_off:")
        return
    st.rerun()
