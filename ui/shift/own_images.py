"""Pictures that a viewer uploads, with what the network says of them."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.data import sources
from core.data.pictures import archives
from core.training.runs import Run
from ui.components.picture import FORMATS
from ui.loaded import evidence

FORMATS_OR_ZIP = [*FORMATS, "zip"]
MOST_NAMED = 100  # files that could not be read


class Read(NamedTuple):
    """What was found in the files.

    Attributes:
        images: (num_images, height, width, channels) uint8.
        scores: label -> (num_images,).
        refused: a sentence for each archive that could not be read.
        skipped: a sentence for each file that is no picture.
    """

    images: NDArray[np.uint8]
    scores: dict[str, NDArray[np.floating]]
    refused: list[str]
    skipped: list[str]


def own_images(run: Run) -> tuple[NDArray[np.uint8], dict[str, NDArray[np.floating]]]:
    """Images and scores of what the viewer uploads; no images, with a word to the viewer, while there are none."""
    files = st.file_uploader(
        "Pictures, or a ZIP of them", FORMATS_OR_ZIP, accept_multiple_files=True, key="own_images",
        help="Kept in memory for this visit, never written to disk; each picture is brought to the network's form, as on page Draw.",
    )  # fmt: skip
    key = (run.name, *(file.file_id for file in files))
    kept_key, read = st.session_state.get("own_read", (None, None))
    if read is None or kept_key != key:
        read = _read(run, files)
        st.session_state.own_read = key, read
    for sentence in read.refused:
        st.error(sentence, icon=":material/folder_off:")
    if read.skipped:
        with st.expander(f"{len(read.skipped):,} files could not be read"):
            st.markdown("\n".join(f"- {sentence}" for sentence in read.skipped[:MOST_NAMED]))
    if not len(read.images):
        st.info("Give it pictures of anything, and see whether it notices.", icon=":material/upload:")
    return read.images, read.scores


def _read(run: Run, files: list[UploadedFile]) -> Read:
    image_shape = sources.source(run.config.dataset).image_shape
    zipped = [file for file in files if file.name.lower().endswith(".zip")]
    single = [(file.name, file.getvalue) for file in files if file not in zipped]
    parts, refused = [archives.images_from_files(single, image_shape)], []
    for file in zipped:
        try:
            parts.append(archives.images_from_zip(file.getvalue(), file.name, image_shape))
        except archives.UnreadableArchive as error:
            refused.append(str(error))
    images = np.concatenate([part.images for part in parts])
    scores = {}
    if len(images):
        seen = evidence.evidence_of(run, images, with_passes=True)
        scores = evidence.all_scores(seen, evidence.reference(run))
    return Read(images, scores, refused, [sentence for part in parts for _, sentence in part.skipped])
