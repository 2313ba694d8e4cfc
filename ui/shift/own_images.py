"""Pictures that a viewer uploads, with what the network says of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.data import sources
from core.data.pictures import archives
from core.data.pictures.archives import Found
from core.training.runs import Run
from ui.components import visit
from ui.components.picture import FORMATS
from ui.components.plain_text import plain
from ui.loaded import evidence
from ui.memory import MOST_UPLOADED

FORMATS_OR_ZIP = [*FORMATS, "zip"]
MOST_NAMED = 100  # files that could not be read
MOST_KEPT = 30_000_000  # bytes of all pictures together in the network's form


@dataclass
class Reading:
    """Files that are read one at a time, so that it can be stopped between two and go on later.

    Attributes:
        key: of the files, and the shape into which they are brought.
        rest: what is still to be read.
        num_files: in all.
        images: those read so far, (height, width, channels) uint8 each.
        refused: a sentence for each archive that could not be read.
        skipped: a sentence for each file that is no picture.
        scores: name of a run -> label -> (num_images,).
        stopped: by the viewer.
    """

    key: tuple[object, ...]
    rest: Iterator[Found]
    num_files: int
    refused: list[str]
    num_read: int = 0
    images: list[NDArray[np.uint8]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    scores: dict[str, dict[str, NDArray[np.floating]]] = field(default_factory=dict)
    stopped: bool = False

    def add(self, found: Found) -> None:
        """Count a file, and keep its picture while there is room."""
        self.num_read += 1
        if found.image is None:
            self.skipped.append(found.reason)
        elif (len(self.images) + 1) * found.image.nbytes > MOST_KEPT:
            self.skipped.append(f"{found.name} comes after as many pictures as can be kept at once. Send it apart.")
        else:
            self.images.append(found.image)


def own_images(run: Run) -> tuple[NDArray[np.uint8], dict[str, NDArray[np.floating]]]:
    """Images and scores of what the viewer uploads; no images, with a word to the viewer, while there are none."""
    files = st.file_uploader(
        f"Pictures, or a ZIP of them: {MOST_UPLOADED // 1_000_000} MB together", FORMATS_OR_ZIP, accept_multiple_files=True, key="own_images",
        help="Each picture is brought to the network's form, as on page Draw.",
    )  # fmt: skip
    st.caption(visit.PRIVACY)
    shape = sources.source(run.config.dataset).image_shape
    key = (shape, *(file.file_id for file in files))
    reading: Reading | None = st.session_state.get("own_reading")
    if reading is None or reading.key != key:
        reading = st.session_state.own_reading = _begun(key, files, shape)
    if reading.stopped:
        st.info(f"Stopped after {reading.num_read:,} of {reading.num_files:,} files.", icon=":material/pause:")
        st.button("Go on", icon=":material/play_arrow:", on_click=_stop, args=(reading, False))
    elif run.name not in reading.scores and files:
        _read_and_score(run, reading)
    for sentence in reading.refused:
        st.error(plain(sentence), icon=":material/folder_off:")
    if reading.skipped:
        with st.expander(f"{len(reading.skipped):,} files could not be read"):
            st.markdown("\n".join(f"- {plain(sentence)}" for sentence in reading.skipped[:MOST_NAMED]))
    scores = {} if reading.stopped else reading.scores.get(run.name, {})
    if not scores:
        if not reading.stopped:
            st.info("Give it pictures of anything, and see whether it notices.", icon=":material/upload:")
        return np.zeros((0, *shape), np.uint8), {}
    return np.array(reading.images), scores


def _begun(key: tuple[object, ...], files: list[UploadedFile], shape: tuple[int, int, int]) -> Reading:
    single: list[archives.File] = []
    zipped: list[archives.File] = []
    refused = []
    for file in files:
        if not file.name.lower().endswith(".zip"):
            single.append((file.name, file.getvalue))
            continue
        try:
            zipped += archives.files_in_zip(file.getvalue(), file.name)
        except archives.UnreadableArchive as error:
            refused.append(str(error))
    wanted = [*single, *zipped]
    return Reading(key, archives.read_each(wanted, shape, visit.allowance()), len(wanted), refused)


def _read_and_score(run: Run, reading: Reading) -> None:
    # Every word to the browser ends this run of the script when the viewer has clicked or left. What was read stays.
    with st.container(horizontal=True, vertical_alignment="center"):
        cancel, told = st.empty(), st.empty()
        cancel.button("Cancel", key="cancel_reading", icon=":material/close:", on_click=_stop, args=(reading, True))
        for found in reading.rest:
            reading.add(found)
            told.progress(reading.num_read / reading.num_files, f"{reading.num_read:,} of {reading.num_files:,} files")
    told.empty()
    if reading.images:
        seen = evidence.evidence_of(run, np.array(reading.images), with_passes=True)
        reading.scores[run.name] = evidence.all_scores(seen, evidence.reference(run))
    cancel.empty()


def _stop(reading: Reading, stopped: bool) -> None:
    reading.stopped = stopped
