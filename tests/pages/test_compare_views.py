"""The views Two runs, Ensemble and Epochs of page Compare, on runs that are written here without training."""

import zipfile

import numpy as np
import pytest

from core.metrics.ensemble import ensemble
from core.metrics.two_networks import mcnemar
from core.training import epoch_logits, kept_logits
from core.training.runs import Run
from tests.seed_runs import NAMES, NUM_TEST, NUM_VALIDATION, answers, write_run
from ui.components.saliency import store

COMPARE = "pages/8_Compare.py"


def words(app) -> str:
    """Everything that the page says in paragraphs, captions and boxes."""
    return "\n".join(
        each.value for kind in (app.markdown, app.caption, app.info, app.warning, app.error) for each in kind
    )


@pytest.fixture
def opened(open_page):
    """Open a view with these runs chosen one by one; the address names them as the page does."""

    def opens(view: str, runs, **query: str):
        app = open_page(COMPARE, view=view, experiment="Single runs", **query)
        app.multiselect(key="runs").set_value([run.name for run in runs]).run()
        assert not app.exception, app.exception
        return app

    return opens


@pytest.fixture
def two_recipes(own_runs) -> list[Run]:
    return [write_run(own_runs, seed, loss=loss) for loss in ("cross_entropy", "superclass") for seed in (0, 1)]


def alternative_texts(app) -> list[str]:
    return [chart.proto.alt for chart in app.get("vega_lite_chart")]


def test_two_networks_are_compared_by_mcnemars_test_and_not_called_recipes(opened, two_recipes):
    app = opened("Two runs", two_recipes)
    first, second = (two_recipes[place].predictions("test") for place in (0, 2))
    expected = mcnemar(first.correct, second.correct)
    said = words(app)
    assert f"**{100 * first.accuracy:.2f} %**" in said
    assert f"p = {expected.p:.3g}" in said
    assert "these two networks" in said
    assert "whether the *recipe* is better is tested over seeds" in said
    assert f"**only cross_entropy · seed 0 right: {expected.only_first:,}**" in said.replace("\\", "")
    assert "Where the two networks disagree" in " ".join(alternative_texts(app))
    assert "the images cannot be shown" in said  # 300 test images are not MNIST's


def test_another_bar_shows_other_images(opened, two_recipes):
    app = opened("Two runs", two_recipes)
    names = app.selectbox(key="case").options
    assert names[0] == "both right"
    app.selectbox(key="case").select("both right").run()
    assert not app.exception
    right = [two_recipes[place].predictions("test").correct for place in (0, 2)]
    assert f"**both right: {(right[0] & right[1]).sum():,}**" in words(app)
    app.selectbox(key="second").select("cross_entropy · seed 1").run()
    assert not app.exception
    assert "only cross_entropy · seed 1 right" in app.selectbox(key="case").options


def test_an_opened_image_shows_both_networks_and_says_that_maps_need_them(opened, two_recipes):
    app = opened("Two runs", two_recipes, sample="7")
    said = words(app)
    assert "only the results came for" in said or "images cannot be shown" in said
    texts = alternative_texts(app)
    assert "Probability of each class by cross_entropy · seed 0" in texts
    assert "Probability of each class by superclass · seed 0" in texts


def test_a_single_run_is_not_compared(opened, two_recipes):
    assert "Choose at least two runs" in words(opened("Two runs", two_recipes[:1]))


def test_networks_that_answered_other_images_are_refused_in_a_sentence(opened, own_runs):
    runs = [write_run(own_runs, 0), write_run(own_runs, 1, num_test=200)]
    app = opened("Two runs", runs)
    assert "must have answered the same images" in words(app)
    assert "There is no ensemble of" in words(opened("Ensemble", runs))


def test_an_ensemble_says_what_it_gains_against_the_mean_and_the_best_run(opened, two_recipes):
    app = opened("Ensemble", two_recipes)
    tests = [run.predictions("test") for run in two_recipes[:2]]
    accuracies = [test.accuracy for test in tests]
    whole = ensemble(tests).predictions.accuracy
    said = words(app).replace("\N{MINUS SIGN}", "-")
    assert f"right on **{100 * whole:.2f} %** of {NUM_TEST} test images" in said
    assert f"**{100 * (whole - np.mean(accuracies)):+.2f}** points against the mean" in said
    assert f"**{100 * (whole - max(accuracies)):+.2f}** points against the best" in said
    table = app.dataframe[0].value
    assert table["Recipe"].tolist() == ["cross_entropy"] * 4 + ["superclass"] * 4
    assert table["Test accuracy"][2] == f"{100 * whole:.2f} %"
    assert set(table["OOD AUROC"]) == {"–"}
    assert "OOD AUROC is missing" in said
    assert len(app.get("vega_lite_chart")) == 4  # curves, accuracy, ECE and AURC


def test_kept_logits_for_other_images_give_the_ensemble_an_ood_auroc(opened, two_recipes):
    for run in two_recipes[:2]:
        kept_logits.save_logits(run, "fashion_mnist", answers(50, 0.5, run.config.seed).logits)
    app = opened("Ensemble", two_recipes)
    assert len(app.get("vega_lite_chart")) == 5
    found = app.dataframe[0].value["OOD AUROC"].tolist()
    assert all(0 < float(value) < 1 for value in found[:4])
    assert found[4:] == ["–"] * 4


def test_one_seed_is_no_ensemble(opened, two_recipes):
    app = opened("Ensemble", [two_recipes[0], two_recipes[2]])
    assert "An ensemble needs at least two runs of the same recipe" in words(app)
    app = opened("Ensemble", two_recipes[:3])
    assert "because they have one seed: superclass" in words(app)


def test_the_epochs_of_a_run_are_told_and_drawn(opened, two_recipes):
    app = opened("Epochs", two_recipes)
    kept = epoch_logits.kept(two_recipes[0])
    accuracies = (kept.logits.argmax(axis=-1) == kept.labels).mean(axis=1)
    said = words(app)
    assert f"**{100 * accuracies[0]:.1f} %** after epoch 1" in said
    assert f"**{100 * accuracies[-1]:.1f} %** after epoch 4" in said
    assert [text.split(" after")[0] for text in alternative_texts(app)][:2] == [
        "Accuracy against coverage",
        "Reliability diagram",
    ]
    assert len(alternative_texts(app)) == 7
    app.selectbox(key="second_run").select("superclass · seed 1").run()
    assert not app.exception
    app.number_input(key="image").set_value(5).run()
    assert not app.exception
    assert f"true **{NAMES[kept.labels[5]]}**" in words(app)


def test_without_kept_epochs_the_page_says_how_to_get_them(opened, own_runs):
    runs = [write_run(own_runs, 0, keeps=False), write_run(own_runs, 1)]
    app = opened("Epochs", runs[:1])
    assert "“Keep the logits of every epoch” on Train" in words(app)
    app = opened("Epochs", runs)
    assert "1 of 2 runs have kept their epochs" in words(app)


def test_a_damaged_epoch_is_named(opened, two_recipes):
    (two_recipes[0].folder / "epochs/00000020.npy").write_bytes(b"no")
    app = opened("Epochs", two_recipes[:1])
    assert "epochs/00000020.npy is incomplete or was changed" in words(app).replace("\\", "")


def test_a_damaged_run_is_said_in_a_sentence(opened, two_recipes):
    path = two_recipes[0].folder / "predictions/validation.npz"
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:  # the headers are whole, the numbers are not
        for name, content in members.items():
            archive.writestr(name, content[: len(content) - (8 if name == "logits.npy" else 0)])
    assert "A run cannot be read: predictions/validation.npz" in words(opened("Two runs", two_recipes)).replace(
        "\\", ""
    )


@pytest.mark.parametrize("view", ["Two runs", "Ensemble", "Epochs"])
def test_an_address_that_names_what_is_not_there_is_no_error(opened, two_recipes, view):
    app = opened(
        view, two_recipes, image="99999", epoch="no", sample="99999", case="no", first="no", recipe="no", run_shown="no"
    )
    assert len(app.get("vega_lite_chart")) > 1


def test_the_image_of_a_larger_run_is_not_asked_of_a_smaller_one(opened, own_runs, two_recipes):
    app = opened("Epochs", two_recipes)
    app.number_input(key="image").set_value(NUM_VALIDATION - 1).run()
    small = write_run(own_runs, 5, num_validation=40)
    app.multiselect(key="runs").set_value([small.name]).run()
    assert not app.exception, app.exception
    assert app.number_input(key="image").value < 40


def test_the_maps_of_both_networks_are_asked_of_both(open_page):
    app = open_page(COMPARE, view="Two runs", experiment="Single runs", sample="7")
    app.multiselect(key="runs").set_value(["mnist-small_cnn", "mnist-dense"]).run()
    before = set(store.kept().names())
    app.toggle(key="why").set_value(True).run()
    assert not app.exception, app.exception
    assert len(set(store.kept().names()) - before) >= 2


def test_the_second_run_cannot_be_the_first_one(opened, two_recipes):
    app = opened("Epochs", two_recipes)
    app.selectbox(key="second_run").select("cross_entropy · seed 1").run()
    app.selectbox(key="run_shown").select("cross_entropy · seed 1").run()
    assert not app.exception, app.exception
    assert app.selectbox(key="second_run").value == "none"
