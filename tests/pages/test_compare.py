"""Page Compare through its widgets, on runs written here, against numbers computed here."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from core.metrics.comparison import holm, paired_comparison
from core.views.report import mark_of
from tests.compared_runs import NUM_SAMPLES, write_experiment, write_run
from tests.core.views.tables import rows
from ui.compare import export, pick
from ui.compare.seeds import CURVES, FOREST, SEEDS

COMPARE = "pages/8_Compare.py"
# Eight pairs; the second loss is better with seven of them.
PLAIN = [0.60, 0.62, 0.61, 0.65, 0.60, 0.58, 0.63, 0.64]
SUPER = [0.65, 0.66, 0.64, 0.67, 0.64, 0.63, 0.62, 0.70]


@pytest.fixture
def experiment(own_runs):
    """Its name; two losses, eight seeds."""
    write_experiment(own_runs, "losses", {"cross_entropy": PLAIN, "superclass": SUPER})
    return "losses"


def said(app) -> str:
    return "\n".join(text.value for text in app.main.markdown)


def charts(app) -> dict[str, dict[str, pd.DataFrame]]:
    """Alternative text of each chart -> its tables."""
    found = [chart.proto for chart in app.get("vega_lite_chart")]
    return {proto.alt: {data.name: rows(data.data.data) for data in proto.datasets} for proto in found}


def accuracies(values: list[float]) -> np.ndarray:
    return np.round(np.array(values) * NUM_SAMPLES) / NUM_SAMPLES


def test_an_experiment_with_results_is_compared_at_first(open_page, own_runs):
    write_experiment(own_runs, "another", {"cross_entropy": PLAIN})
    write_experiment(own_runs, pick.FIRST_EXPERIMENT, {"cross_entropy": PLAIN[:2], "superclass": SUPER[:2]})
    app = open_page(COMPARE)
    assert app.selectbox(key="experiment").value == pick.FIRST_EXPERIMENT
    assert any(text.value == "Which loss?" for text in app.sidebar.caption)
    assert "4 runs on 120 CIFAR-10 test images, 2 seeds per recipe" in said(app)


def test_two_shipped_runs_are_the_first_single_runs_and_one_seed_settles_nothing(open_page):
    app = open_page(COMPARE, experiment=pick.SINGLE)
    assert app.multiselect(key="runs").value == list(pick.FIRST_RUNS)
    assert "the recipes differ in **loss**" in said(app)
    assert "cross_entropy **91.29 %**, superclass **90.81 %**" in said(app)
    assert "**−0.48 points** for one pair of runs: わからない" in said(app)


def test_an_experiment_is_compared_in_pairs_of_seeds(open_page, experiment):
    app = open_page(COMPARE, experiment=experiment)
    expected = paired_comparison(accuracies(PLAIN), accuracies(SUPER))
    low, high = (f"{100 * end:+.2f}" for end in expected.interval)
    assert f"**+{100 * expected.mean:.2f} points**, 95 % interval {low} to {high}" in said(app)
    assert (
        f"**settled by 8 seeds**, better (p\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{expected.p:.3g}; the smallest that 8 seeds can reach is 0.00781)"
        in said(app)
    )
    dots = charts(app)[SEEDS]["dots"]
    assert dots.value.tolist() == pytest.approx([*accuracies(PLAIN), *accuracies(SUPER)])
    assert dots.seed.tolist() == [*range(8), *range(8)]


def test_a_difference_that_only_one_of_nine_measures_shows_counts_only_if_it_was_chosen_beforehand(
    open_page, experiment
):
    app = open_page(COMPARE, experiment=experiment)
    assert "This counts only if you chose the measure beforehand." in said(app)
    forest = charts(app)[FOREST]["rows"]
    assert forest.name.tolist()[:3] == ["Test accuracy", "Best validation accuracy", "AURC"]
    # The chosen measure alone is settled; the others would take Holm's method over all.
    assert forest.settled.tolist() == [True, *[False] * 8]
    assert forest["smallest p possible"].tolist()[0] == "0.00781"
    assert forest["p by Holm over all"].tolist()[0] != forest["sign-flip p"].tolist()[0]


def test_the_reference_turns_the_difference_round(open_page, experiment):
    app = open_page(COMPARE, experiment=experiment)
    app.selectbox(key="reference").select("superclass").run()
    assert not app.exception
    assert "**cross_entropy** against superclass: **−" in said(app)
    assert "**settled by 8 seeds**, worse" in said(app)


def test_a_measure_is_chosen_and_one_that_was_never_computed_is_a_dash(open_page, experiment):
    app = open_page(COMPARE, experiment=experiment, measure="OOD AUROC")
    assert "Mean OOD AUROC: cross_entropy **–**, superclass **–**" in said(app)
    assert "わからない, the runs lack it" in said(app)
    assert charts(app)[FOREST]["rows"].said.tolist()[-1] == "OOD AUROC  –"
    assert charts(app)[SEEDS]["dots"].empty


def test_the_ood_auroc_comes_from_the_logits_that_a_run_kept(open_page, own_runs):
    for seed in range(2):
        write_run(own_runs, f"run-{seed}", seed=seed, ood=True)
    app = open_page(COMPARE, experiment=pick.SINGLE, measure="OOD AUROC", runs="run-0")
    app.multiselect(key="runs").set_value(["run-0", "run-1"]).run()
    assert len(charts(app)[SEEDS]["dots"]) == 2


def test_the_curves_are_shown_against_seconds_since_the_beginning(open_page, experiment):
    app = open_page(COMPARE, experiment=experiment, against="seconds", curves="loss")
    lines = charts(app)[CURVES]["lines"]
    first = lines[(lines.run == 0) & (lines.split == "validation")]
    assert first.x.tolist() == [4, 8, 12]
    assert first.value.tolist() == pytest.approx([2.5, 1.25, 2.5 / 3])
    (player,) = (each.proto for each in app.get("bidi_component") if each.proto.component_name == "wakaranai_play")
    assert json.loads(player.json)["last"] == 12 + 3 * 7  # the slowest run has seed 7


def test_several_groups_are_compared_with_one_reference_and_corrected_for_their_number(open_page, own_runs):
    third = [0.60, 0.61, 0.62, 0.66, 0.59, 0.58, 0.62, 0.65]
    write_experiment(own_runs, "three", {"cross_entropy": PLAIN, "superclass": SUPER, "index_ranges": third})
    app = open_page(COMPARE, experiment="three")
    p = [paired_comparison(accuracies(PLAIN), accuracies(other)).p for other in (SUPER, third)]
    adjusted = holm(p)
    shown = [f"(p\N{NO-BREAK SPACE}{each:.3g})" for each in adjusted]
    assert all(each in said(app) for each in shown), shown
    assert "adjusted by Holm's method for 2 differences, which take at least 7 seeds" in said(app)
    assert charts(app)[FOREST]["rows"].name.tolist() == ["superclass", "index_ranges"]


@pytest.mark.parametrize("missing", [0, 7])
def test_only_seeds_that_both_recipes_have_are_paired(open_page, own_runs, missing):
    write_experiment(own_runs, "losses", {"cross_entropy": PLAIN, "superclass": SUPER[:missing]})
    app = open_page(COMPARE, experiment="losses")
    if missing:
        assert "7 to 8 seeds per recipe" in said(app)
        assert f"not settled by {missing} seeds" in said(app) or f"settled by {missing} seeds" in said(app)
        assert set(charts(app)[FOREST]["rows"]["pairs of runs"]) == {"7", "0: never computed for these runs"}
    else:
        assert "There is nothing to compare with" in said(app)
        assert FOREST not in charts(app)


def test_recipes_without_a_common_seed_are_not_compared(open_page, own_runs):
    write_run(own_runs, "a", seed=0)
    write_run(own_runs, "b", seed=1, loss="superclass")
    app = open_page(COMPARE, experiment=pick.SINGLE)
    app.multiselect(key="runs").set_value(["a", "b"]).run()
    assert not app.exception
    assert "わからない, no seed is in both" in said(app)


def test_runs_of_different_data_sets_are_not_compared(open_page):
    app = open_page(COMPARE, experiment=pick.SINGLE)
    app.multiselect(key="runs").set_value(["cifar10-conv10", "mnist-dense"]).run()
    assert not app.exception
    assert app.warning[0].value == (
        "Runs of different data sets cannot be compared, got CIFAR-10 and MNIST. Choose runs of one data set."
    )
    assert not charts(app)


def test_without_a_chosen_run_the_page_says_what_to_do(open_page):
    app = open_page(COMPARE, experiment=pick.SINGLE)
    app.multiselect(key="runs").set_value([]).run()
    assert not app.exception
    assert app.info[0].value == "No run is chosen yet. Choose two or more runs of one data set."


def test_a_damaged_run_is_named_and_the_others_are_compared(open_page, own_runs, experiment):
    whole = (own_runs / "losses--superclass--seed-7/predictions/test.npz").read_bytes()
    (own_runs / "losses--superclass--seed-7/predictions/test.npz").write_bytes(whole[:2000] + bytes(500) + whole[2500:])
    app = open_page(COMPARE, experiment=experiment)
    assert "15 runs on 120 CIFAR-10 test images" in said(app)
    (error,) = (message.value.replace("\N{WORD JOINER}", "") for message in app.error)
    assert error == (
        "Left out, because they cannot be read: losses--superclass--seed-7 (predictions/test.npz is incomplete or was changed.)"
    )


def test_of_two_runs_with_the_same_settings_and_seed_the_newer_counts(open_page, own_runs):
    write_run(own_runs, "newer", seed=0, accuracy=0.7, finished_at=2.0)
    write_run(own_runs, "older", seed=0, accuracy=0.6)
    app = open_page(COMPARE, experiment=pick.SINGLE)
    app.multiselect(key="runs").set_value(["older", "newer"]).run()
    assert "**70.00 %**" in said(app)
    assert any(
        "Left out: older. A newer run has the same settings and the same seed." in text.value for text in app.caption
    )


def test_an_address_that_names_what_is_not_here_is_answered(open_page):
    app = open_page(COMPARE, experiment="nothing")
    assert app.toast[0].value == "There is no experiment with finished runs named 'nothing'; it is left out."
    assert charts(app)


def test_the_files_have_every_number(open_page, own_runs, experiment):
    app = open_page(COMPARE, experiment=experiment)
    differences, runs = (frame.value for frame in app.dataframe)
    assert len(runs) == 16
    assert len(differences) == 9
    assert differences.iloc[0].tolist()[:2] == ["Test accuracy", "superclass"]


def test_the_report_has_the_sentences_the_tables_and_a_place_for_each_chart(open_page, experiment):
    app = open_page(COMPARE, experiment=experiment)
    (sent,) = (
        each.proto.bytes for each in app.get("bidi_component") if each.proto.component_name == "wakaranai_report"
    )
    head, page = sent.split(b"\n", 1)
    page = page.decode()
    assert [figure["chart"] for figure in json.loads(head)["figures"]] == [SEEDS, FOREST, CURVES]
    for chart in (SEEDS, FOREST, CURVES):
        assert mark_of(chart) in page
    assert "<b>settled by 8 seeds</b>" in page
    assert page.count("losses--superclass--seed-") == 8
    assert "http" not in page
    assert "src=" not in page


def test_the_csv_files_can_be_read_again(open_page, experiment, monkeypatch):
    written = {}
    monkeypatch.setattr(export, "_csv", lambda frame: written.setdefault(len(written), frame))
    app = open_page(COMPARE, experiment=experiment)
    assert not app.exception
    compared = []
    monkeypatch.setattr(export, "show", lambda *args: compared.append(args))
    open_page(COMPARE, experiment=experiment)
    shown, found, reference, *_ = compared[0]
    runs, differences = export.runs_frame(shown), export.differences_frame(shown, found, reference)
    assert len(runs) == 16
    first = differences.iloc[0]
    expected = paired_comparison(accuracies(PLAIN), accuracies(SUPER))
    assert (first.measure, first.group, first.reference) == ("accuracy", "loss = superclass", "loss = cross_entropy")
    assert (first.difference, first.p) == pytest.approx((expected.mean, expected.p))
    again = pd.read_csv(io.StringIO(runs.to_csv(index=False)))
    assert again.accuracy.tolist() == pytest.approx([*accuracies(PLAIN), *accuracies(SUPER)])


def test_a_run_whose_answers_name_other_classes_is_left_out(open_page, own_runs):
    folder = write_run(own_runs, "other", seed=0)
    with np.load(folder / "predictions/test.npz") as saved:
        arrays = dict(saved)
    np.savez(folder / "predictions/test.npz", **arrays | {"class_names": np.array(list("abcdefghij"))})
    app = open_page(COMPARE, experiment=pick.SINGLE, runs="other")
    assert "other (predictions/test.npz has other classes than the data set.)" in app.error[0].value
    assert not charts(app)
