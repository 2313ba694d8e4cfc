"""Experiments as files: what is right, and one sentence for everything that is wrong."""

import re

import pytest

from benchmarks.superclass_losses import PATTERNS
from core.training import experiment_files, runs
from core.training.config import RECIPES, RunConfig
from core.training.experiment_files import all_experiments, find, problems, read, save
from core.training.experiment_text import ExperimentInvalid, parsed

TEXT = """
title = "Two optimizers"
about = "Which one is  better?"
seeds = [3, 1]

[settings]
dataset = "mnist"
architecture = "dense"
epochs = 2
learning_rate = 0.01

[[variants]]
name = "adam"
optimizer = "adam"
learning_rate = 0.001

[[variants]]
name = "sgd"
optimizer = "sgd"
"""


def test_cells_are_ordered_by_seed_and_then_by_variant():
    experiment = parsed("two", TEXT)
    assert (experiment.title, experiment.about) == ("Two optimizers", "Which one is better?")
    assert [(cell.seed, cell.variant) for cell in experiment.cells] == [
        (3, "adam"),
        (3, "sgd"),
        (1, "adam"),
        (1, "sgd"),
    ]
    assert (experiment.seeds, experiment.variants, experiment.datasets) == ((3, 1), ("adam", "sgd"), ("mnist",))
    assert experiment.cells[1].run_name == "two--sgd--seed-3"


def test_what_a_variant_says_wins_over_the_settings():
    adam, sgd = parsed("two", TEXT).cells[:2]
    assert adam.config == RunConfig("mnist", "dense", "adam", 0.001, epochs=2, seed=3)
    assert sgd.config == RunConfig("mnist", "dense", "sgd", 0.01, epochs=2, seed=3)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('title = "Two optimizers"', "", "title must be a text of 1 to 100 letters, got nothing."),
        ('title = "Two optimizers"', "title = 3", "title must be a text of 1 to 100 letters, got 3."),
        ("[3, 1]", "[]", "seeds must be a list of integers from 0, such as [0, 1, 2], got []."),
        ("[3, 1]", "[3, true]", "got [3, True]."),
        ("[3, 1]", "[3, -1]", "got [3, -1]."),
        ("[3, 1]", "[3, 3]", "seeds has 3 more than once."),
        ("[3, 1]", str(list(range(151))), "151 seeds of 2 variants are 302 runs. Expected at most 300."),
        ("seeds", "sedes", "'sedes' is nothing that an experiment can have."),
        ("[settings]", "settings = 3\n[other]", "'other' is nothing that an experiment can have."),
        ("epochs = 2", "epoch = 2", "'epoch' is nothing that settings can have."),
        ("epochs = 2", "seed = 2", "The seeds stand in seeds = [...] at the top."),
        ("epochs = 2", "", "The variant adam cannot be trained: Give either epochs or steps"),
        ("epochs = 2", 'epochs = "two"', "epochs must be an integer, got str."),
        ('dataset = "mnist"', "", "The variant adam has no dataset."),
        ('dataset = "mnist"', 'dataset = "mnits"', "There is no data set 'mnits'"),
        ('dataset = "mnist"', "dataset = 1979-05-27", "dataset must be a text, got date."),
        ('name = "sgd"', "", "The name of a variant must have letters A to Z"),
        ('name = "sgd"', 'name = "../sgd"', "got '../sgd'."),
        ('name = "sgd"', 'name = "a--b"', "single hyphens"),
        ('name = "sgd"', 'name = "ADAM"', "Two variants have the name ADAM."),
        ('name = "sgd"', f'name = "{"a" * 60}"', "Expected at most 60: shorten the name"),
        ('optimizer = "sgd"', 'optimizer = "sdg"', "The variant sgd cannot be trained: optimizer must be one of"),
        ('optimizer = "sgd"', 'lr = 0.1', "'lr' is nothing that the variant sgd can have."),
        ('optimizer = "sgd"', 'optimizer = "adam"\nlearning_rate = 1e-3', "The variants adam and sgd have the same settings."),
        ("[settings]", "[settings", "It is not valid TOML"),
        ("[settings]", "a = " + "[" * 5000, "It is not valid TOML"),
        ("Two optimizers", "x" * 200_000, "The text is too long"),
    ],
)  # fmt: skip
def test_everything_wrong_is_one_sentence(old, new, sentence):
    assert old in TEXT
    with pytest.raises(ExperimentInvalid, match=re.escape(sentence)) as error:
        parsed("two", TEXT.replace(old, new, 1))
    assert len(str(error.value)) < 600


@pytest.mark.parametrize("variants", ["", "variants = []", "variants = 3", "variants = [1]"])
def test_an_experiment_needs_variants(variants):
    start, _, _ = TEXT.partition("[settings]")
    with pytest.raises(ExperimentInvalid, match="variants must be at least one table"):
        parsed("two", f'{start}{variants}\nsettings = {{dataset = "mnist"}}')


@pytest.mark.parametrize("name", ["", ".hidden", "a b", "あ", "a/b", "a--b"])
def test_a_name_that_no_folder_can_have_is_refused(name):
    with pytest.raises(ExperimentInvalid, match="The experiment's name must have letters"):
        parsed(name, TEXT)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe", "bad.toml is not text in UTF-8"),
        (b"seeds = 3", "bad.toml: title must be"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, content, sentence):
    if content is not None:
        (tmp_path / "bad.toml").write_bytes(content)
    with pytest.raises(ExperimentInvalid, match=sentence):
        read(tmp_path / "bad.toml")


def test_the_users_experiments_come_first_and_a_bad_file_is_a_sentence(own_runs):
    own_runs.mkdir()
    (own_runs / "two.toml").write_text(TEXT)
    (own_runs / "quick.toml").write_text(TEXT)
    (own_runs / "bad.toml").write_text("seeds = 3")
    (own_runs / "folder.toml").mkdir()
    found = all_experiments()
    assert [experiment.name for experiment in found[:2]] == ["quick", "two"]
    assert [experiment.name for experiment in found].count("quick") == 1
    assert find("quick").title == "Two optimizers"
    assert [sentence.partition(" ")[0] for sentence in problems()] == ["bad.toml:", "folder.toml"]


def test_an_experiment_is_found_by_its_name_or_its_path(own_runs, tmp_path):
    file = tmp_path / "elsewhere.toml"
    file.write_text(TEXT)
    assert find(str(file)).name == "elsewhere"
    assert find("quick").name == "quick"
    with pytest.raises(ExperimentInvalid, match="There is no file and no experiment 'nobody'"):
        find("nobody")


def test_a_file_that_changes_is_read_again(tmp_path):
    file = tmp_path / "two.toml"
    file.write_text(TEXT)
    assert read(file).seeds == (3, 1)
    file.write_text(TEXT.replace("[3, 1]", "[5]"))
    assert read(file).seeds == (5,)


def test_an_experiment_is_saved_once(own_runs):
    assert save("two", TEXT) == find("two")
    for name in ("two", "TWO", "quick"):
        with pytest.raises(ExperimentInvalid, match=f"There is an experiment {name} already"):
            save(name, TEXT)
    with pytest.raises(ExperimentInvalid, match="title"):
        save("three", "")
    assert [file.name for file in own_runs.iterdir()] == ["two.toml"]


# What came with the app.

SHIPPED = sorted(experiment_files.SHIPPED.glob("*.toml"))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_experiment_that_came_with_the_app_can_be_trained(file):
    experiment = read(file)
    assert experiment.about
    assert len(experiment.seeds) >= 3


def test_the_five_losses_are_those_of_the_benchmark():
    experiment = read(experiment_files.SHIPPED / "five-losses.toml")
    wanted = [
        RunConfig("cifar10", "conv10", "adam", 1e-3 * times, batch_size=512, epochs=100, seed=seed, loss=loss)
        for seed in range(5)
        for loss, times in PATTERNS.values()
    ]
    assert [cell.config for cell in experiment.cells] == wanted


def test_the_natural_softmax_has_the_articles_fifteen_pairs():
    experiment = read(experiment_files.SHIPPED / "natural-softmax.toml")
    five = {cell.config.loss: cell.config for cell in read(experiment_files.SHIPPED / "five-losses.toml").cells[:4]}
    assert experiment.seeds == tuple(range(15))
    assert [cell.config for cell in experiment.cells[:2]] == [five["cross_entropy"], five["superclass"]]


def test_the_two_networks_of_the_article_have_its_optimizers_and_rates():
    for cell in read(experiment_files.SHIPPED / "vgg19-or-deep-mnist.toml").cells:
        recipe, best = RECIPES[cell.config.architecture], {"vgg19": 314, "deep_mnist": 79}[cell.config.architecture]
        assert (cell.config.optimizer, cell.config.learning_rate) == (recipe["optimizer"], recipe["learning_rate"])
        assert cell.config.epochs >= best


def test_a_result_that_came_with_the_app_has_the_settings_of_its_cell():
    cells = {cell.run_name: cell for file in SHIPPED for cell in read(file).cells}
    for run in runs.shipped_results():
        wanted = cells[run.name].config
        assert {name for name in vars(wanted) if getattr(wanted, name) != getattr(run.config, name)} <= {"versions"}


def test_the_example_in_the_documentation_can_be_trained():
    text = (runs.ROOT / "docs/install.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert parsed("two", example).cells[0].run_name == "two--adam--seed-0"
    assert "`two--adam--seed-0`" in text
