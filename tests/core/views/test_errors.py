"""Charts of errors are read as what is sent to the browser: data and encodings."""

import itertools

import numpy as np
import pytest

from core.metrics.confusion import confusion_matrix, group_confusion
from core.metrics.hierarchy import GroupAnswers, hierarchical_curve
from core.metrics.predictions import Predictions
from core.views import bars, charts, hierarchy, histograms, matrices, votes
from core.views.palette import ROLES
from tests.core.views.tables import tables
from tests.core.views.test_palette import LOOKS, THEME, contrast

NAMES = ("cat", "car", "dog")
MATRIX = np.array([[8, 0, 2, 0], [1, 5, 0, 4], [3, 0, 7, 0]])


def data(spec, name: str):
    """One table of a chart."""
    return tables(spec)[name]


def cells(**changes):
    arguments = {"chosen": ("dog", "cat"), "shares": False, "mute_diagonal": True} | changes
    return matrices.confusion_cells(MATRIX, NAMES, np.array([0, 2, 1]), **arguments)


def test_rows_and_columns_follow_the_order_and_the_refused_stay_last():
    table = data(cells(), "cells")
    assert table["true"].tolist()[::4] == ["cat", "dog", "car"]
    assert table["answer"].tolist()[:4] == ["cat", "dog", "car", "don't know"]
    assert table["count"].tolist() == [8, 2, 0, 0, 3, 7, 0, 0, 1, 0, 5, 4]
    assert "'domain': ['cat', 'dog', 'car']" in str(cells())


def test_a_count_of_four_digits_fits_into_a_square_of_26_pixels():
    """That is the width on a phone with ten classes and refusals; what does not fit is not drawn."""
    drawn = matrices.confusion_heatmap(np.array([[1123, 0], [1, 2]]), ["a", "b"], ["a", "b"])
    assert data(drawn, "cells")["text"].tolist() == ["1123", "", "1", "2"]
    rules = {
        layer["mark"]["opacity"]["expr"] for layer in drawn["layer"] if layer.get("mark", {}).get("type") == "text"
    }
    assert rules == {"6.5 * length(datum.text) <= bandwidth('x') ? 1 : 0"}
    assert 6.5 * len("1123") <= 26


def test_a_muted_diagonal_leaves_colour_to_the_errors_alone():
    muted, full = (data(cells(mute_diagonal=mute), "cells")["strength"].to_numpy() for mute in (True, False))
    assert muted.argmax() == 4  # the 3 dogs taken for cats
    assert (muted > 0).tolist() == [False, True, False, False, True, False, False, False, True, False, False, False]
    assert full.argmax() == 0


def test_cells_are_written_as_counts_or_as_percent_of_the_row():
    assert data(cells(), "cells")["text"].tolist()[:4] == ["8", "2", "", ""]
    assert data(cells(shares=True), "cells")["text"].tolist()[:4] == ["80", "20", "", ""]
    rare = matrices.confusion_cells(
        np.array([[997, 3], [0, 0]]), ("a", "b"), [0, 1], None, shares=True, mute_diagonal=False
    )
    assert data(rare, "cells")["text"].tolist() == ["100", "0.3", "", ""]


def test_the_chosen_cell_is_framed_and_a_click_sends_its_names():
    frame = data(cells(), "frame")
    assert frame.to_numpy().tolist() == [["dog", "cat", "wrong"]]
    assert data(cells(chosen=None), "frame").empty
    assert data(cells(chosen=("car", "don't know")), "frame")["outcome"].tolist() == ["don't know"]
    assert data(cells(chosen=("car", "car")), "frame")["outcome"].tolist() == ["right"]
    assert "'fields': ['true', 'answer']" in str(cells())


def test_a_matrix_of_many_classes_has_letters_of_13_pixels_and_one_without_samples_no_colour():
    names = tuple(f"class {number}" for number in range(37))
    spec = matrices.confusion_cells(
        np.zeros((37, 37), int), names, np.arange(37), None, shares=False, mute_diagonal=False
    )
    assert "'labelFontSize': 13" in str(spec)
    assert data(spec, "cells")["strength"].max() == 0


@pytest.fixture
def predictions():
    return Predictions(np.eye(3)[[0, 2, 0, 1, 0]], np.array([0, 0, 1, 1, 2]), NAMES)


GROUPS = {"animal": ("cat", "dog"), "vehicle": ("car",)}


def test_superclasses_are_counted_over_all_images(predictions):
    spec = matrices.group_cells(group_confusion(predictions, GROUPS), refuses=False)
    table = data(spec, "cells")
    assert table["text"].tolist() == ["1\n20.00%", "2\n40.00%", "0\n0.00%", "1\n20.00%", "1\n20.00%", "0\n0.00%"]
    assert table["what"].tolist()[1:3] == ["another animal", "animal → vehicle"]
    refusing = matrices.group_cells(
        group_confusion(predictions, GROUPS, [True, False, False, False, False]), refuses=True
    )
    assert data(refusing, "cells")["count"].tolist() == [0, 2, 0, 1, 1, 1, 0, 0]


def test_hard_classes_stand_by_superclass_the_hardest_first(predictions):
    matrix = confusion_matrix(predictions, [True, False, False, False, False])
    spec = bars.hard_classes(matrix, NAMES, ["animal", "vehicle", "animal"])
    table = data(spec, "bars").pivot(index="class", columns="kind", values="share")
    assert table.loc["cat"].to_dict() == {
        "its own superclass": 0.5,
        "another superclass": 0,
        "don't know": 0.5,
    }
    assert table.loc["car", "another superclass"] == 0.5
    # The worse errors have the colour that they have in the matrix of superclasses.
    assert bars.KINDS["another superclass"] == "wrong"
    assert bars.KINDS["its own superclass"] == "muted"
    assert "'domain': ['cat', 'dog', 'car']" in str(spec)


def test_a_histogram_counts_every_answer_once(rng):
    correct = rng.random(500) > 0.2
    drawn = data(
        histograms.score_histogram(histograms.score_bins(rng.normal(size=500), correct), None, "Logit", "Title", ""),
        "bars",
    )
    assert drawn[drawn["outcome"] == "right"]["count"].sum() == correct.sum()
    assert drawn[drawn["outcome"] == "wrong"]["count"].sum() == (~correct).sum()


def test_votes_stand_beside_the_network_as_shares():
    spec = votes.votes_beside_network(np.array([0.5, 0.3, 0.2]), np.array([30, 0, 10]), NAMES, 7)
    bars = data(spec, "bars")
    assert bars[bars["who"] == "people"]["share"].tolist() == [0.75, 0, 0.25]
    assert "Image 7: network and 40 people" in str(spec)


def test_images_on_which_all_agree_are_a_point_and_every_image_belongs_to_one_point():
    counts = np.array([[50, 0], [50, 0], [25, 25], [45, 5]])
    probs = np.array([[0.9, 0.1], [1, 0], [0.5, 0.5], [0.4, 0.6]])
    points = data(votes.doubt_beside_people(probs, counts, least=1), "points")
    assert points["images"].tolist() == [2, 1, 1]
    assert points["people"].iloc[[0, -1]].tolist() == pytest.approx([0, 1])
    assert points["agree"].tolist() == [1, 0, 1]
    assert data(votes.doubt_beside_people(probs, counts, least=2), "points")["images"].tolist() == [2]


def test_the_three_shares_are_drawn_and_rare_superclasses_have_no_accuracy():
    uncertainty = np.arange(1000) / 1000
    answers = GroupAnswers(np.zeros(1000, int), uncertainty, np.arange(1000) % 2 == 0)
    curve = hierarchical_curve(uncertainty, np.ones(1000, bool), answers, 0.9, [0.1, 0.5, 0.898])
    bands = data(hierarchy.hierarchical_shares(curve, 0.5), "bands")
    assert bands.groupby("coverage")["share"].sum().tolist() == pytest.approx([1, 1, 1])
    lines = data(hierarchy.hierarchical_accuracy(curve, 0.5), "lines")
    assert (lines["answer"] == "class").sum() == 3
    assert (lines["answer"] == "superclass").sum() == 2


def hex_of(rgb) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in rgb)


def blended(first: str, second: str, share: float) -> str:
    """The colour that lies this share of the way from the first to the second."""
    ends = [np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255 for colour in (first, second)]
    return hex_of((1 - share) * ends[0] + share * ends[1])


@pytest.mark.parametrize(("look", "colours"), LOOKS)
def test_every_figure_in_a_matrix_is_readable(look, colours):
    background, ramp = THEME[look]["backgroundColor"], THEME[look]["chartSequentialColors"]
    places = matrices.shade(np.linspace(0, 1, 201))
    # Charts take the places from the one function, and white figures above PALE.
    drawn = data(matrices.confusion_heatmap(MATRIX, NAMES, [*NAMES, "don't know"]), "cells")["strength"]
    assert all(
        not matrices.PALE < place < matrices.DEEP and place <= matrices.DEEPEST
        for place in [*drawn, *data(cells(), "cells")["strength"]]
    )
    opacity = matrices.OPACITY.to_dict()["scale"]
    for place in places:
        figure = "#ffffff" if place > matrices.PALE else colours.ink
        below = min(int(9 * place), 8)
        assert contrast(figure, blended(ramp[below], ramp[below + 1], 9 * place - below)) >= 4.5, place
        refused = blended(background, colours.refused, np.interp(place, opacity["domain"], opacity["range"]))
        assert contrast(figure, refused) >= 4.5, place


@pytest.mark.parametrize(("look", "colours"), LOOKS)
def test_figures_on_errors_are_readable_and_those_across_superclasses_are_vermilion(look, colours, predictions):
    spec = matrices.group_cells(group_confusion(predictions, GROUPS), refuses=False)
    table = data(spec, "cells")
    assert (table["across"] == matrices.ACROSS).tolist() == [False, False, True, False, True, False]
    fill = spec["layer"][0]["encoding"]["fill"]["scale"]["domain"]
    assert fill[ROLES.index("wrong")] == matrices.ACROSS
    assert fill[ROLES.index("muted")] == matrices.WITHIN
    for place, colour in itertools.product((*table["strength"], 0.5), (colours.wrong, colours.muted)):
        background = blended(THEME[look]["backgroundColor"], colour, place)
        assert contrast(colours.ink, background) >= 4.5
    assert table["strength"].max() <= 0.5


@pytest.mark.parametrize(("look", "colours"), LOOKS)
def test_the_letters_of_axes_and_legends_are_large_and_have_a_contrast_of_seven(look, colours):
    assert charts.NEUTRAL == "currentColor"  # the text of the page
    assert THEME[look]["textColor"] == colours.ink
    assert contrast(colours.ink, THEME[look]["backgroundColor"]) >= 7
    config = cells()["config"]
    for part in ("axis", "legend"):
        assert config[part]["labelColor"] == charts.NEUTRAL
        assert config[part]["labelFontSize"] >= 13
    assert config["axis"]["titleColor"] == charts.NEUTRAL
    assert config["axis"]["titleFontSize"] >= 13


def test_short_class_names_stand_upright_above_their_column():
    digits = matrices.confusion_cells(
        np.eye(2, 3, dtype=int), ("0", "1"), [0, 1], None, shares=False, mute_diagonal=False
    )
    assert "'labelAngle': 0" in str(digits)
    assert "'labelAngle': -45" in str(cells())


def test_the_errors_of_the_network_stand_beside_those_of_people_for_each_class():
    spec = votes.errors_by_class(np.array([0.1, 0.2, 0.3]), np.array([0.02, 0.05, 0.01]), NAMES)
    table = data(spec, "bars").pivot(index="class", columns="who", values="error")
    assert table.loc["car"].to_dict() == pytest.approx({"network": 0.2, "people": 0.05})
    assert "'domain': ['car', 'cat', 'dog']" in str(spec)  # the hardest for people first
