"""Images of another kind: which score tells that they do not belong?"""

import numpy as np
import streamlit as st

import ui
from core.data import sources
from core.data.pictures import archives
from core.metrics.detection import mixture, roc_curve
from core.metrics.evidence import all_scores
from core.metrics.selective import accuracy_coverage_curve
from core.training.runs import Run
from core.views import pictures
from core.views import shift as shift_charts
from ui import evidence, network
from ui.scores import SCORES
from ui.threshold import threshold_slider

MINE, NUM_SHOWN = "mine", 14
MC_SCORES, FEATURE_SCORES = ("MC predictive entropy", "MC mutual information"), ("Mahalanobis", "k-NN distance")
NEEDS_TRAINING = "with training images, which are not here in full: fetch them on Train."
FORMATS = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "zip"]
MEASURES = {
    "auroc": (
        "AUROC",
        "The probability that a foreign image scores higher than an own one; ties count half. 50 % says nothing.",
    ),
    "aupr": ("AUPR", "Average precision with foreign as positive."),
    "fpr95": ("FPR95 (foreign positive)", "Own images flagged where 95 % of the foreign are flagged."),
    "fpr95_in_positive": (
        "FPR95 (own positive)",
        "Foreign images passed where 95 % of the own pass: the other convention.",
    ),
}


def show(run: Run) -> None:
    network.warm(run)
    if ui.images(run, "test") is None:
        return
    names = evidence.kinds(run) | {MINE: "My own images"}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        what = st.selectbox("Shown to it", names, format_func=names.get, key="foreign", bind="query-params", width=240)
        name = ui.choice(
            "Score",
            [*SCORES, *MC_SCORES, *FEATURE_SCORES],
            key="score",
            default="Entropy",
            help="What is drawn below; the table has all.",
        )
    if absent := evidence.absent(run):
        st.caption(f"Not here, so not in the list: {', '.join(absent)}. Fetch them on Train.")
    own = evidence.scores(run, evidence.OWN)
    foreign, images = (
        _my_own(run) if what == MINE else (evidence.scores(run, what), evidence.images_of(what, run.config.dataset))
    )
    if foreign is None:
        return
    title, test = sources.source(run.config.dataset).title, ui.predictions(run, "test")
    kinds = {evidence.OWN: f"{title} test"} | ({} if what == MINE else {what: names[what]})
    if name not in own or name not in foreign:
        if name in FEATURE_SCORES:
            st.info(f"{name} compares {NEEDS_TRAINING}", icon=":material/download:")
        else:
            evidence.offer_passes(run, kinds)
        return
    validation = ui.predictions(run, "validation")
    curve = (
        accuracy_coverage_curve(SCORES[name].of(validation), validation.correct)
        if name in SCORES
        else accuracy_coverage_curve(own[name], test.correct)
    )
    threshold = threshold_slider(curve, f"{run.name} {name}")
    st.image(
        [pictures.enlarged(image, max(1, 56 // image.shape[0])).squeeze() for image in images[:NUM_SHOWN]],
        caption=[f"{value:.3f}" for value in foreign[name][:NUM_SHOWN]], width=56,
    )  # fmt: skip
    ui.metrics(
        ("Own flagged", ui.percent((own[name] > threshold).mean()), f"{title} test images above the threshold"),
        (
            "Foreign flagged",
            ui.percent((foreign[name] > threshold).mean()),
            f"of {len(foreign[name]):,} foreign images",
        ),
        width=176,
    )
    if name == "Entropy" and run.config.dataset == "mnist" and what == "fashion_mnist":
        st.caption(
            "The article 「MNISTを題材にしてモデル予測の不確実性を推定する」 at 0.02: 8.3 % of MNIST and 92.6 % of Fashion-MNIST "
            f"flagged. Here at 0.02: {ui.percent((own[name] > 0.02).mean(), 1)} and {ui.percent((foreign[name] > 0.02).mean(), 1)}."
        )
    left, right = st.columns(2)
    axis = SCORES[name].axis if name in SCORES else name
    two = {title: own[name], names[what]: foreign[name]}
    left.vega_lite_chart(spec=shift_charts.two_histograms(two, threshold, axis), alt="Both histograms of the score")
    compared = list(
        dict.fromkeys(
            [
                name,
                *(
                    other
                    for other in ("Entropy", "Energy", "MC mutual information", "Mahalanobis")
                    if other in own and other in foreign
                ),
            ]
        )
    )
    curves = {label: roc_curve(own[label], foreign[label]) for label in compared}
    right.vega_lite_chart(spec=shift_charts.roc(curves), alt="Receiver operating characteristic")
    _table(run, what, own, foreign)
    if not {*MC_SCORES} <= {*own} & {*foreign} and network.about(run).has_dropout:
        evidence.offer_passes(run, kinds)
    _mix(own, foreign, compared, test.correct, name, threshold)


def _my_own(run: Run) -> tuple[dict | None, np.ndarray | None]:
    """Scores and images of what the viewer uploads."""
    files = st.file_uploader(
        "Pictures, or a ZIP of them", FORMATS, accept_multiple_files=True, key="own_images",
        help="Read in memory and forgotten; the middle of each picture is brought to the network's size.",
    )  # fmt: skip
    key = (run.name, *(file.file_id for file in files))
    if st.session_state.get("own_read", {}).get("key") != key:
        st.session_state.own_read = _read(run, files) | {"key": key}
    read = st.session_state.own_read
    for sentence in read["refused"]:
        st.error(sentence, icon=":material/folder_off:")
    if read["skipped"]:
        with st.expander(f"{len(read['skipped']):,} files could not be read"):
            st.markdown("\n".join(f"- {sentence}" for sentence in read["skipped"][:100]))
    if not len(read["images"]):
        st.info("Give it pictures of anything, and see whether it notices.", icon=":material/upload:")
        return None, None
    return read["scores"], read["images"]


def _read(run: Run, files: list) -> dict:
    """The pictures in some files and their scores, and what could not be read."""
    image_shape = sources.source(run.config.dataset).image_shape
    zipped = [file for file in files if file.name.lower().endswith(".zip")]
    parts = [
        archives.images_from_files([(file.name, file.getvalue) for file in files if file not in zipped], image_shape)
    ]
    refused = []
    for file in zipped:
        try:
            parts.append(archives.images_from_zip(file.getvalue(), file.name, image_shape))
        except archives.UnreadableArchive as error:
            refused.append(str(error))
    images = np.concatenate([part.images for part in parts])
    skipped = [sentence for part in parts for _, sentence in part.skipped]
    scores = (
        all_scores(evidence.evidence_of(run, images, with_passes=True), evidence.reference(run)) if len(images) else {}
    )
    return {"images": images, "scores": scores, "refused": refused, "skipped": skipped}


def _table(run: Run, what: str, own: dict, foreign: dict) -> None:
    # A viewer's own pictures are told apart by what the network says of them.
    of = what if what != MINE else hash(foreign["Max logit"].tobytes())
    key = (run.name, run.done()["finished_at"], of, tuple(sorted(set(own) & set(foreign))))
    measured = evidence.detections(key, own, foreign)
    columns = {"Score": list(measured)}
    for measure, (label, _) in MEASURES.items():
        columns[f"{label}, %"] = [
            "{:.2f}  ({:.2f} – {:.2f})".format(
                *(100 * value for value in (getattr(of_score, measure), *of_score.intervals[measure]))
            )
            for of_score in measured.values()
        ]
    settings = {
        f"{label}, %": st.column_config.TextColumn(help=f"{meaning} In brackets the 95 % interval: 1,000 resamples.")
        for label, meaning in MEASURES.values()
    }
    st.markdown("**Every score, how well it tells foreign from own**")
    st.dataframe(columns, hide_index=True, column_config=settings)
    if evidence.reference(run) is None:
        st.caption(
            "Mahalanobis and k-NN compare with training images, which are not here in full: fetch them on Train."
        )


def _mix(own: dict, foreign: dict, compared: list[str], correct: np.ndarray, name: str, threshold: float) -> None:
    """Errors and foreigners in one stream, refused by one threshold."""
    share = st.slider(
        "Foreign images in the mix (%)", 0, 95, 50, 5, key="share", bind="query-params",
        help="Of all images that come in; the first so many of each.",
    )  # fmt: skip
    num_own, num_foreign = mixture(len(correct), len(foreign[name]), share / 100)
    right = np.append(correct[:num_own], np.zeros(num_foreign, bool))
    mixed = {label: np.append(own[label][:num_own], foreign[label][:num_foreign]) for label in compared}
    answered = mixed[name] <= threshold
    ui.metrics(
        ("Images", f"{num_own + num_foreign:,}", f"{num_own:,} own and {num_foreign:,} foreign"),
        ("Coverage", ui.percent(answered.mean()), "share of all that is answered at the threshold"),
        ("Accuracy", ui.percent(right[answered].mean() if answered.any() else float("nan")), "right among the answered; an answered foreigner is wrong"),
        ("Foreign answered", f"{int(answered[num_own:].sum()):,}", "foreign images that slip through"),
        ("Own refused", f"{int((~answered[:num_own]).sum()):,}", "own images refused"),
        width=150,
    )  # fmt: skip
    curves = {label: accuracy_coverage_curve(values, right) for label, values in mixed.items()}
    st.vega_lite_chart(
        spec=shift_charts.joint_curve(curves), alt="Accuracy against coverage over own and foreign images"
    )
