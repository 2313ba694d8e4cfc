"""Page Calibrate through its widgets, against numbers computed here."""

import json
import shutil
from itertools import count

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from core.metrics.predictions import Predictions
from core.training import runs
from tests.core.views.tables import rows
from ui.calibrate import story

CALIBRATE = "pages/9_Calibrate.py"
DENSE = "mnist-dense"
NUMBERS = count()


def percent(fraction: float, digits: int = 2) -> str:
    return f"{100 * fraction:.{digits}f} %"


def texts(app) -> str:
    return "\n".join(each.value for kind in (app.markdown, app.caption, app.info) for each in kind)


def split_of(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Logits and labels."""
    found = runs.find(DENSE).predictions(split)
    return found.logits.astype(float), found.labels


def nll(logits: np.ndarray, labels: np.ndarray, temperature: float = 1.0) -> float:
    return -log_softmax(logits / temperature, axis=1)[np.arange(len(labels)), labels].mean()


@pytest.fixture(scope="module")
def fitted() -> float:
    """The temperature with the lowest NLL on validation, by another method than the app's."""
    found = minimize_scalar(
        lambda log: nll(*split_of("validation"), np.exp(log)), bounds=(-2, 2), options={"xatol": 1e-9}
    )
    return float(np.exp(found.x))


def table_of(app) -> dict[str, list[str]]:
    return app.dataframe[0].value.to_dict("list")


def slider(app) -> dict[str, object]:
    (found,) = (each.proto for each in app.get("bidi_component") if each.proto.component_name == "wakaranai_stops")
    return json.loads(found.json)


def charts(app) -> dict[str, object]:
    return {chart.proto.alt: chart.proto for chart in app.get("vega_lite_chart")}


def gallery(app) -> dict[str, list[object]]:
    (found,) = (each.proto for each in app.get("bidi_component") if each.proto.component_name == "wakaranai_gallery")
    return json.loads(found.bytes.partition(b"\n")[0])["cards"]


def write_run(own_runs, validation: Predictions, test: Predictions | None = None) -> str:
    folder = own_runs / f"made-up-{next(NUMBERS)}"  # what is kept of one run must not be taken for another's
    starter = runs.find(DENSE).folder
    shutil.copytree(starter, folder, ignore=shutil.ignore_patterns("predictions"))
    validation.save(folder / "predictions/validation.npz")
    (test or validation).save(folder / "predictions/test.npz")
    return folder.name


def test_confidence_accuracy_and_the_bin_that_adds_most_to_the_ece_are_said(open_page):
    logits, labels = split_of("test")
    confidence, right = softmax(logits, axis=1).max(axis=1), logits.argmax(axis=1) == labels
    of_bins = [(confidence > low / 15) & (confidence <= (low + 1) / 15) for low in range(15)]
    shares = [abs((right[inside] - confidence[inside]).sum()) / len(labels) for inside in of_bins]
    worst = int(np.argmax(shares))
    said = texts(open_page(CALIBRATE, run=DENSE))
    assert f"The mean confidence over 10,000 test images is **{percent(confidence.mean())}**" in said
    assert f"**{percent(right.mean())}** of the answers are right" in said
    name = f"{100 * worst / 15:.1f} to {100 * (worst + 1) / 15:.1f} %"
    inside = of_bins[worst]
    assert f"The bin **{name}** adds most to the ECE: {inside.sum():,} answers" in said
    assert f"**Confidence {name}**: {inside.sum():,} images, the {(~right[inside]).sum():,} wrong ones first" in said


def test_the_measures_stand_as_trained_and_with_the_temperature_fitted_on_validation(open_page, fitted):
    found = table_of(open_page(CALIBRATE, run=DENSE))
    logits, labels = split_of("test")
    assert found[""] == ["as trained", f"T = {fitted:.3f}"]
    for place, temperature in enumerate((1.0, fitted)):
        probs = softmax(logits / temperature, axis=1)
        confidence, right = probs.max(axis=1), probs.argmax(axis=1) == labels
        bins = np.ceil(15 * confidence).astype(int)
        ece = sum(abs((right - confidence)[bins == each].sum()) for each in range(16)) / len(labels)
        brier = ((probs - np.eye(10)[labels]) ** 2).sum(axis=1).mean()
        expected = [percent(right.mean()), percent(confidence.mean()), percent(ece), f"{brier:.4f}"]
        assert [found[name][place] for name in ("Accuracy", "Mean confidence", "ECE", "Brier score")] == expected
        assert found["NLL"][place] == f"{nll(logits, labels, temperature):.4f}"
    assert {"Adaptive ECE", "Classwise ECE", "Smooth ECE"} < set(found)


def test_a_chosen_bin_shows_its_images_wrong_ones_first_and_most_confident_first(open_page):
    app = open_page(CALIBRATE, run=DENSE, bins="10", bin="60.0 to 70.0 %")
    logits, labels = split_of("test")
    confidence, right = softmax(logits, axis=1).max(axis=1), logits.argmax(axis=1) == labels
    inside = [n for n in range(10_000) if 0.6 < confidence[n] <= 0.7]
    expected = sorted(inside, key=lambda n: (right[n], -confidence[n]))
    assert gallery(app)["sample"] == expected[:8]
    assert not right[expected[:8]].any()
    (chosen,) = (rows(data.data.data) for data in charts(app)[DIAGRAM].datasets if data.name == "chosen")
    assert chosen.to_numpy().tolist() == [pytest.approx([0.6, 0.7])]


DIAGRAM = "Reliability diagram; the box Bin chooses a bin, too"


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((8_175, 24), "8,175 images, the 24 wrong ones first"),
        ((2, 1), "2 images, the wrong one first"),
        ((3, 0), "3 images, all right"),
        ((1, 1), "1 image, all wrong"),
    ],
)
def test_the_title_of_a_bin_counts_its_images(counts, said):
    assert story.images_of("0.0 to 6.7 %", *counts) == f"**Confidence 0.0 to 6.7 %**: {said}"


def test_one_class_has_its_own_bars_numbers_and_images(open_page):
    app = open_page(CALIBRATE, run=DENSE, answered="4", split="validation")
    logits, labels = split_of("validation")
    answered = logits.argmax(axis=1) == 4
    assert (
        f"validation images answered as 4 is **{percent(softmax(logits, axis=1)[answered].max(axis=1).mean())}**"
        in texts(app)
    )
    assert table_of(app)["Accuracy"][0] == percent((labels[answered] == 4).mean())
    (bars,) = (rows(data.data.data) for data in charts(app)[DIAGRAM].datasets if data.name == "bars")
    assert bars["count"].sum() == answered.sum()
    assert set(gallery(app)["predicted"]) == {4}


def test_what_is_not_chosen_follows_what_is_shown_and_what_is_chosen_stays(open_page):
    app = open_page(CALIBRATE, run=DENSE)
    first = app.selectbox(key="bin").value
    app.selectbox(key="bins").select("20").run()
    assert app.selectbox(key="bin").value != first
    app.selectbox(key="bin").select("50.0 to 55.0 %").run()
    app.selectbox(key="split").select("validation").run()
    assert app.selectbox(key="bin").value == "50.0 to 55.0 %"
    app.selectbox(key="bins").select("10").run()  # without such a bin
    assert app.selectbox(key="bin").value in app.selectbox(key="bin").options
    assert not app.exception


def test_a_class_that_is_never_the_answer_is_said(open_page, own_runs, rng):
    logits = rng.normal(size=(40, 10)) - 9 * np.eye(10)[7]
    name = write_run(own_runs, Predictions(logits, rng.integers(10, size=40), tuple("0123456789")))
    assert "No test image is answered as 7. Choose another class." in texts(
        open_page(CALIBRATE, run=name, answered="7")
    )


def test_the_page_says_what_the_temperature_moves_and_what_it_leaves(open_page, fitted):
    said = texts(open_page(CALIBRATE, run=DENSE, view="Temperature"))
    logits, labels = split_of("test")
    right = logits.argmax(axis=1) == labels
    assert f"**T = {fitted:.3f}**" in said
    assert f"NLL then goes from {nll(logits, labels):.4f} to **{nll(logits, labels, fitted):.4f}**" in said
    cumulated = []
    for temperature in (1.0, fitted):
        probs = softmax(logits / temperature, axis=1)
        order = np.argsort(-probs.max(axis=1), kind="stable")
        cumulated.append(np.cumsum(~right[order]) / np.arange(1, 10_001))
    first, second = (risks.mean() for risks in cumulated)
    assert f"AURC goes from {first:.5f} to **{second:.5f}**" in said
    apart = np.abs(cumulated[0] - cumulated[1])
    k = np.flatnonzero(apart > apart.max() - 1e-12)[-1] + 1
    errors = apart.max() * k
    assert f"moves by **{100 * apart.max():.2f} points** at most, that is {errors:.3g} of {k:,} answers" in said
    assert f"the network is {'over' if fitted > 1 else 'under'}confident" in said


def test_the_slider_has_one_and_the_fitted_temperature_among_its_stops_and_begins_at_one(open_page, fitted):
    app = open_page(CALIBRATE, run=DENSE, view="Temperature")
    found = slider(app)
    assert found["stops"][found["start"]] == "1 (as trained)"
    assert f"{fitted:.3g} (fitted)" in found["stops"]
    place = found["stops"].index(f"{fitted:.3g} (fitted)")
    assert f"NLL {nll(*split_of('test'), fitted):.4f} " in found["said"][place]
    assert len(charts(app)) == 4
    size = sum(len(data.data.data) for chart in charts(app).values() for data in chart.datasets)
    assert size < 200_000


def test_the_address_names_the_temperature(open_page):
    found = slider(open_page(CALIBRATE, run=DENSE, view="Temperature", temperature="0.2"))
    assert found["start"] == 0
    found = slider(open_page(CALIBRATE, run=DENSE, view="Temperature", temperature="nobody"))
    assert found["stops"][found["start"]] == "1 (as trained)"


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ([0, 1, 0], "every validation image is answered correctly"),
        ([5, 6, 7], "equal probabilities for all classes have the lowest NLL"),
    ],
)
@pytest.mark.parametrize("view", ["Reliability", "Temperature"])
def test_without_a_temperature_the_page_says_why(open_page, own_runs, view, labels, sentence):
    logits = np.array([[4.0, 1], [0, 3], [2, 0]]) @ np.eye(2, 10) - 30 * (np.arange(10) > 1)
    name = write_run(own_runs, Predictions(logits, np.array(labels), tuple("0123456789")))
    app = open_page(CALIBRATE, run=name, view=view)
    assert sentence in texts(app)
    if view == "Temperature":
        assert not any("fitted" in stop for stop in slider(app)["stops"])
    else:
        assert table_of(app)[""] == ["as trained"]


@pytest.mark.parametrize("view", ["Reliability", "Temperature"])
def test_one_sample_and_the_largest_logits_are_shown(open_page, own_runs, view):
    largest = np.finfo(np.float32).max
    logits = np.float32([largest * (-1) ** np.arange(10)])
    name = write_run(own_runs, Predictions(logits, np.array([1]), tuple("0123456789")))
    assert len(charts(open_page(CALIBRATE, run=name, view=view))) == (2 if view == "Reliability" else 4)
