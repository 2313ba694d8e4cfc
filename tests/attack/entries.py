"""Every entry through which a file from outside comes: whole files to begin with, their damage, and what reads them.

A reader gets the bytes and a folder of its own, and reads whatever the app would read. It lets only those errors through that the
reader documents; `Wrong` says that what it returned does not fit.
"""

import base64
import io
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.data.digits import NoInk
from core.data.formats import cifar10, idx, pets, references
from core.data.formats.idx import DataDamaged
from core.data.pictures.archives import UnreadableArchive, images_from_zip
from core.data.pictures.prepared import DIGIT_SHAPE, prepared_picture
from core.data.pictures.uploads import UnreadableImage, read_image
from core.training import kept_familiarity, kept_logits, kept_scores, owners, passes, queue, records, runs
from core.training.runs import Damaged, DamagedRun, Run
from core.views import learning
from tests.attack import mutations, whole_files
from tests.attack.mutations import Mutation
from tests.core.training.hostile import CLEAN, finished

COLOUR_SHAPE = (32, 32, 3)
SECRET = "0123456789abcdef" * 2


class Wrong(AssertionError):
    """A reader returned what it must not return."""


@dataclass(frozen=True)
class Entry:
    """One way in.

    Attributes:
        name: of the entry.
        whole: file name -> content, of files that are not damaged.
        own: damage that knows their format.
        read: (content, file name, folder) -> nothing; reads the file as the app does.
        allowed: the errors that say in a sentence what is wrong.
        share: of all files, relative to the other entries.
    """

    name: str
    whole: Callable[[], dict[str, bytes]]
    own: tuple[Mutation, ...]
    read: Callable[[bytes, str, Path], object]
    allowed: tuple[type[Exception], ...] = ()
    share: float = 1.0


def must(condition: bool, sentence: str) -> None:
    if not condition:
        raise Wrong(sentence)


def read_picture(content: bytes, name: str, folder: Path) -> None:
    picture = read_image(content, name)
    for shape in (DIGIT_SHAPE, COLOUR_SHAPE):
        with suppress(NoInk):
            image = prepared_picture(picture, shape).image
            must(image.shape == shape and image.dtype == np.uint8, f"the image is {image.dtype} of shape {image.shape}")


def read_archive(content: bytes, name: str, folder: Path) -> None:
    found = images_from_zip(content, name, COLOUR_SHAPE)
    must(len(found.images) == len(found.names), "there are as many names as images")


def read_drawing(content: bytes, name: str, folder: Path) -> None:
    from ui.components.canvas import drawn, is_drawing

    with suppress(ValueError, RecursionError):  # Streamlit itself reads the JSON
        value = json.loads(content)
        if is_drawing(value):
            found = drawn(value)
            must(found is None or found.picture.mode == "RGB", "a drawing is in colour")


def read_idx(content: bytes, name: str, folder: Path) -> None:
    idx.parse(content, name)


def read_cifar10(content: bytes, name: str, folder: Path) -> None:
    images, labels = cifar10.images_and_labels({name: content})
    must(images.shape == (len(labels), 32, 32, 3), "as many labels as images")


def read_pets(content: bytes, name: str, folder: Path) -> None:
    whole_files.write_pets(folder)
    (folder / name).write_bytes(content)
    found = pets.Pets(folder)
    must(isinstance(found.note, str), "a sentence")
    for split in found.splits:
        images, labels = found.read(split)
        must(images.shape == (len(labels), pets.SIDE, pets.SIDE, 3), "as many labels as images")


def read_reviews(content: bytes, name: str, folder: Path) -> None:
    file = folder / "extras" / references.label_file("mnist")
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    found = references.label_reviews("mnist")
    must(found is not None, "there is a file")
    for sample, review in (found or {}).items():
        must(0 <= sample == review.sample < 10_000, f"the image {sample}")
        must(0 <= review.given < 10 and 0 <= review.guessed < 10, f"the labels {review.given} and {review.guessed}")
        must(0 <= review.num_given <= review.num_votes, f"{review.num_given} of {review.num_votes} votes")
        must(review.is_error in (True, False), "whether it is an error")


def read_votes(content: bytes, name: str, folder: Path) -> None:
    file = folder / "extras" / references.VOTES["cifar10"]
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    found = references.human_votes("cifar10")
    must(found is not None and found.shape == (10_000, 10) and bool((found.sum(axis=1) > 0).all()), "votes")


def read_record(content: bytes, name: str, folder: Path) -> None:
    run_folder = finished(folder, "run")
    (run_folder / name).parent.mkdir(exist_ok=True)
    (run_folder / name).write_bytes(content)
    if name in ("progress.json", "error.txt", "queued"):
        (run_folder / "done.json").unlink()
    found = runs.read_run(run_folder)
    must(found is not None, "a folder with files of a run is a run")
    if isinstance(found, DamagedRun):
        found.cause.encode()
    elif found is not None:
        read_run(found)


def read_run(run: Run) -> None:
    """Everything that pages read of a run."""
    progress, done, history = run.progress(), run.done(), run.history()
    said = [
        run.name,
        run.title,
        run.status,
        run.error,
        run.log(),
        progress.get("phase", ""),
        *progress.get("ahead", []),
    ]
    if done:
        said.append(f"{done['test_accuracy']:.2%} {done['seconds']:,.0f} {done['machine']['device']}")
        said.append(str(run.config.num_parameters))
    if history:
        last_epoch = run.config.total_steps / run.config.steps_per_epoch
        for quantity in ("accuracy", "loss"):
            learning.learning_curve(history, quantity, last_epoch, run.config.loss_terms)
    owner = owners.owner_of(run)
    said += [] if owner is None else [owner.name]
    owners.is_owned(run, SECRET)
    queue.waiting(run.folder.parent)
    for text in said:
        text.encode()
    for split in records.SPLITS:
        with suppress(Damaged):
            predictions = run.predictions(split)
            must(0 <= predictions.accuracy <= 1, f"the accuracy {predictions.accuracy}")
            must(bool(np.isfinite(predictions.probs).all()), "probabilities that are finite")


def read_kept(content: bytes, name: str, folder: Path) -> None:
    run = Run(finished(folder, "run"))
    (run.folder / name).parent.mkdir(exist_ok=True)
    (run.folder / name).write_bytes(content)
    scores = kept_scores.saved_scores(run, "test")
    for label, values in scores.items():
        label.encode()
        must(values.ndim == 1 and bool(np.isfinite(values).all()), f"{label} of shape {values.shape}, finite")
    logits = kept_logits.saved_logits(run, "noise")
    if logits is not None:
        must(logits.ndim == 2 and bool(np.isfinite(logits).all()), f"logits of shape {logits.shape}, finite")
    summary = passes.saved_passes(run, "own", 100)
    if summary is not None:
        must(summary.mean_probs.shape == (len(summary.mutual_information), 10), f"{summary.mean_probs.shape}")
        must(bool(np.isfinite(summary.mean_probs).all() and np.isfinite(summary.variation_ratio).all()), "finite")
    known = kept_familiarity.saved_familiarity(run)
    if known is not None:
        distance = known.distance(np.ones((2, len(known.classes.mean))))
        must(distance.shape == (2,) and known.limit == known.limit, "a distance per image and a limit")


def read_network(content: bytes, name: str, folder: Path) -> None:
    """As the networks' process does."""
    from core.models import inference
    from core.serving.kept import KeptNetworks

    run = Run(finished(folder, "run"))
    (run.folder / "model.keras").write_bytes(content)
    model = KeptNetworks(2**30).model(str(run.folder), run.done()["finished_at"])
    with suppress(Exception):  # whatever a network raises is a sentence to whoever asked
        inference.logits(model, np.zeros((2, *DIGIT_SHAPE), np.uint8))


def canvas_values() -> dict[str, bytes]:
    buffer = io.BytesIO()
    whole_files.picture("L").save(buffer, "PNG")
    url = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    strokes = [{"points": [[1.5, 2.5], [30, 40]], "drawing": 7}]
    return {"drawing.json": json.dumps({"strokes": strokes, "drawing": 7, "picture": url}).encode()}


def networks() -> dict[str, bytes]:
    return {"model.keras": (CLEAN / "model.keras").read_bytes()}


def entries() -> dict[str, Entry]:
    """All entries by their names."""
    from core.serving.protocol import RunChanged

    json_or_npz = (mutations.structured, mutations.zipped)
    listed = (
        Entry("pictures", whole_files.pictures, (mutations.png,), read_picture, (UnreadableImage,), 3),
        Entry("archives", whole_files.archives, (mutations.zipped,), read_archive, (UnreadableArchive,)),
        Entry("drawings", canvas_values, (mutations.structured,), read_drawing, (UnreadableImage,)),
        Entry("idx", whole_files.idx_files, (mutations.gz,), read_idx, (DataDamaged,)),
        Entry("cifar10", whole_files.cifar10_files, (), read_cifar10, (DataDamaged,), 0.5),
        Entry("pets", whole_files.pets_files, (mutations.lines,), read_pets, (DataDamaged,), 0.5),
        Entry("label reviews", whole_files.reviews, (mutations.structured,), read_reviews, (DataDamaged,)),
        Entry("votes", whole_files.votes, (mutations.npy,), read_votes, (DataDamaged,), 0.5),
        Entry("records", whole_files.records_of_a_run, json_or_npz, read_record, (), 3),
        Entry("kept results", whole_files.kept_results, (mutations.zipped,), read_kept, (), 2),
        Entry("networks", networks, (mutations.zipped,), read_network, (RunChanged,), 0.2),
    )
    return {entry.name: entry for entry in listed}
