"""What a run's network says of images of any kind, beyond the saved logits of its own."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data import corruptions, datasets, out_of_distribution, sources
from core.metrics.detection import Detection, detection
from core.metrics.evidence import Evidence, Reference, Training
from core.metrics.passes import PassSummary, pass_summary
from core.metrics.predictions import Answers
from core.metrics.scores import FROM_LOGITS, SCORES, Need, labels_from
from core.training import kept_logits, kept_scores, passes, runs
from core.training.runs import Run
from ui import serving
from ui.loaded.data import key_of, predictions
from ui.loaded.scores import reference_of_logits

NUM_REFERENCES = 10_000  # training images that the scores of features compare with
NUM_NOISE = 10_000
ARTICLE_NOISE = 0.7
# Kinds of images by name: the run's splits, the test images blended with noise, and what `out_of_distribution` makes.
TEST, VALIDATION = passes.name_of("test"), passes.name_of("validation")
NOISED, NOISE, BLANK = f"noised-{ARTICLE_NOISE}", "noise", "blank"
FROM_FEATURES = tuple(label for label, row in SCORES.items() if Need.FEATURES in row.needs)


@st.cache_resource(max_entries=6, show_spinner="Reading the images…")
def images_of(kind: str, dataset: str) -> NDArray[np.uint8]:
    """Images by the name of their kind, in the shape that networks for a data set take.

    Args:
        kind: one of the names above, or the name of another data set, whose test images are meant.
        dataset: the name of the data set that the network was trained on.
    """
    image_shape = sources.source(dataset).image_shape
    if kind == NOISE:
        return out_of_distribution.uniform_noise(NUM_NOISE, image_shape, seed=0)
    if kind == BLANK:
        return out_of_distribution.blank(image_shape)
    if kind == NOISED:
        return corruptions.noise_blend(datasets.load(dataset, "test").images, ARTICLE_NOISE, seed=0, shared=True)
    if kind in (TEST, VALIDATION):
        return datasets.load(dataset, "test" if kind == TEST else "validation").images
    return out_of_distribution.in_shape(datasets.load(kind, "test").images, image_shape)


def evidence(run: Run, kind: str) -> Evidence:
    """Logits, features, and the passes if they are kept, of a kind of images."""
    seen = _answers(**key_of(run), kind=kind)
    return Evidence(seen.logits, seen.features, kept_passes(run, kind))


def logits_of(run: Run, kind: str) -> NDArray[np.floating]:
    """(num_samples, num_classes): logits of a kind of images; the network is asked only where none are kept."""
    if kind in (TEST, VALIDATION):
        return predictions(run, "test" if kind == TEST else "validation").logits
    return _logits(**key_of(run), kind=kind)


@st.cache_resource(max_entries=8, show_spinner=False)
def _logits(name: str, finished_at: float, kind: str) -> NDArray[np.floating]:
    run = runs.find(name)
    kept = kept_logits.saved_logits(run, kind)
    images, class_names = images_of(kind, run.config.dataset), sources.source(run.config.dataset).class_names
    if kept is not None and kept.shape == (len(images), len(class_names)):
        return kept
    logits = _answers(name=name, finished_at=finished_at, kind=kind).logits
    kept_logits.save_logits(run, kind, logits)
    return logits


def evidence_of(run: Run, images: NDArray[np.uint8], *, with_passes: bool = False) -> Evidence:
    """Logits and features of any images, with progress; with_passes also Monte Carlo dropout, if there is Dropout."""
    network, summary = serving.network(run), None
    if with_passes and serving.about(run).has_dropout:
        with st.spinner(f"{serving.NUM_PASSES} Monte Carlo passes…"):
            summary = network.summarized_passes(images, serving.NUM_PASSES, serving.SEED)
    bar = st.progress(0.0)
    logits, features = network.logits_and_features(
        images,
        progress=lambda done: bar.progress(done, f"{round(done * len(images)):,} of {len(images):,} images"),
    )
    bar.empty()
    return Evidence(logits, features, summary)


@st.cache_resource(max_entries=8, show_spinner="Asking the network…")
def _answers(name: str, finished_at: float, kind: str) -> Evidence:
    run = runs.find(name)
    return evidence_of(run, images_of(kind, run.config.dataset))


def reference(run: Run) -> Reference:
    """What the run's scores compare with: validation logits, and the first training images if they are here."""
    return _reference(**key_of(run), has_training=has_training_images(run))


def has_training_images(run: Run) -> bool:
    return not sources.missing_files(run.config.dataset, "train")


@st.cache_resource(max_entries=3, show_spinner="Looking at training images…")
def _reference(name: str, finished_at: float, has_training: bool) -> Reference:
    run = runs.find(name)
    validation = predictions(run, "validation")
    if not has_training:
        return Reference(validation)
    train = datasets.load(run.config.dataset, "train")
    features = evidence_of(run, train.images[:NUM_REFERENCES]).features
    assert features is not None
    weights = serving.network(run).last_layer_weights()
    return Reference(validation, Training(features, train.labels[:NUM_REFERENCES], weights))


def scores(run: Run, kind: str) -> dict[str, NDArray[np.floating]]:
    """Every score of a kind of images that is here or quickly computed: label -> (num_samples,).

    Scores of logits always are. Scores of passes and of features take long, and are here once they are kept with the run.
    """
    # Asked for here, where its spinner is seen, and found again inside.
    logits_of(run, kind)
    has_passes = kept_passes(run, kind) is not None
    quick = _quick_scores(**key_of(run), kind=kind, has_passes=has_passes)
    kept = kept_scores.saved_scores(run, _kept_as(kind)) if has_training_images(run) else {}
    num_samples = len(logits_of(run, kind))
    return quick | {label: kept[label] for label in FROM_FEATURES if label in kept and len(kept[label]) == num_samples}


@st.cache_resource(max_entries=12, show_spinner=False)
def _quick_scores(name: str, finished_at: float, kind: str, has_passes: bool) -> dict[str, NDArray[np.floating]]:
    run = runs.find(name)
    seen, compared = Evidence(logits_of(run, kind), None, kept_passes(run, kind)), reference_of_logits(run)
    supply = FROM_LOGITS | ({Need.PASSES} if has_passes else set())
    return {label: SCORES[label].values(seen, compared) for label in labels_from(supply)}


def _kept_as(kind: str) -> str:
    """The name under which scores of features are kept; the run's own splits have their own names."""
    return "test" if kind == TEST else kind


def all_scores(seen: Evidence, compared: Reference) -> dict[str, NDArray[np.floating]]:
    """Every score that this evidence and this reference supply: label -> (num_samples,)."""
    supply = set(FROM_LOGITS)
    if seen.passes is not None:
        supply.add(Need.PASSES)
    if seen.features is not None and compared.training is not None:
        supply |= {Need.FEATURES, Need.TRAINING_FEATURES}
    return {label: SCORES[label].values(seen, compared) for label in labels_from(supply)}


def detections(
    key: tuple[object, ...],
    ours: dict[str, NDArray[np.floating]],
    others: dict[str, NDArray[np.floating]],
    *,
    intervals: bool,
) -> dict[str, Detection]:
    """What `measured` returns, kept if it has intervals, which take seconds; the key says what the scores are of."""
    return _detections(key, ours, others) if intervals else measured(ours, others, intervals=False)


@st.cache_resource(max_entries=12, show_spinner="Resampling a thousand times…")
def _detections(
    key: tuple[object, ...], _ours: dict[str, NDArray[np.floating]], _others: dict[str, NDArray[np.floating]]
) -> dict[str, Detection]:
    return measured(_ours, _others, intervals=True)


def measured(
    ours: dict[str, NDArray[np.floating]], others: dict[str, NDArray[np.floating]], *, intervals: bool
) -> dict[str, Detection]:
    """Every measure of every score that both have, with bootstrap intervals if asked."""
    resamples = 1000 if intervals else 0
    return {label: detection(ours[label], others[label], num_resamples=resamples) for label in ours if label in others}


def kept_passes(run: Run, kind: str) -> PassSummary | None:
    """Monte Carlo dropout over a kind of images, if it was computed before."""
    summary = passes.saved_passes(run, kind, serving.NUM_PASSES)
    return summary if summary is not None and summary.mean_probs.shape == _shape_of_logits(run, kind) else None


def _shape_of_logits(run: Run, kind: str) -> tuple[int, int]:
    """(num_samples, num_classes) of a kind of images; neither these nor the network are looked at."""
    dataset = run.config.dataset
    if kind in (TEST, VALIDATION):
        num_samples = predictions(run, "test" if kind == TEST else "validation").num_samples
    elif kind in (NOISE, BLANK):
        num_samples = NUM_NOISE if kind == NOISE else out_of_distribution.NUM_BLANK
    else:
        num_samples = sources.num_samples(dataset if kind == NOISED else kind)["test"]
    return num_samples, len(sources.source(dataset).class_names)


def compute_passes(run: Run, kind: str, progress: Callable[[float], None]) -> None:
    """Compute Monte Carlo dropout over a kind of images and keep it with the run."""
    images = images_of(kind, run.config.dataset)
    summary = serving.network(run).summarized_passes(images, serving.NUM_PASSES, serving.SEED, progress=progress)
    passes.save_passes(run, kind, serving.NUM_PASSES, summary)


def compute_feature_scores(run: Run, split_or_kind: str) -> None:
    """Compute every score of features on a split or a kind of images and keep them; progress is shown on the page."""
    kind = passes.name_of(split_or_kind)
    seen, compared = evidence(run, kind), reference(run)
    values = {label: SCORES[label].values(seen, compared) for label in FROM_FEATURES}
    kept_scores.save_scores(run, _kept_as(kind), values)


def answers_and_uncertainty(run: Run, images: NDArray[np.uint8], score: str) -> tuple[Answers, NDArray[np.floating]]:
    """What the network says of a few images, and one score of them: no more is asked than the score needs.

    Args:
        run: whose network.
        images: (num_images, height, width, channels) uint8.
        score: a label of `core.metrics.scores.SCORES`; one of passes or features only where the run has it.
    """
    network, row = serving.network(run), SCORES[score]
    features = summary = None
    if Need.FEATURES in row.needs:
        logits, features = network.logits_and_features(images)
    else:
        logits = network.logits(images)
    if Need.PASSES in row.needs:
        summary = pass_summary(network.mc_dropout_probs(images, serving.NUM_PASSES, serving.SEED))
    compared = reference(run) if Need.TRAINING_FEATURES in row.needs else reference_of_logits(run)
    answers = Answers(logits, sources.source(run.config.dataset).class_names)
    return answers, row.values(Evidence(logits, features, summary), compared)
