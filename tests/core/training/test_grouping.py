import pytest

from core.training.grouping import NotComparable, grouped
from core.training.runs import Run
from tests.compared_runs import write_run


def test_runs_are_grouped_by_what_differs_in_their_settings_and_seeds_are_the_pairs(tmp_path):
    runs = [
        Run(write_run(tmp_path, f"{loss}-{seed}", seed=seed, loss=loss))
        for loss in ("cross_entropy", "superclass")
        for seed in (3, 1)
    ]
    found = grouped(runs)
    assert found.differing == ("loss",)
    assert found.shared["network"] == "conv10"
    assert found.shared["horizontal flip"] == "off"
    assert not {"loss", "seed", "steps"} & set(found.shared)
    assert [(group.label, group.short, list(group.by_seed)) for group in found.groups] == [
        ("loss = cross_entropy", "cross_entropy", [1, 3]),
        ("loss = superclass", "superclass", [1, 3]),
    ]
    assert [run.name for run in found.runs] == [
        "cross_entropy-1", "cross_entropy-3", "superclass-1", "superclass-3",
    ]  # fmt: skip


def test_several_settings_that_differ_are_all_in_the_label(tmp_path):
    runs = [
        Run(write_run(tmp_path, "a", seed=0, num_train=4500, flip=True)),
        Run(write_run(tmp_path, "b", seed=0, learning_rate=0.0005)),
    ]
    found = grouped(runs)
    assert found.differing == ("learning rate", "training images", "horizontal flip")
    assert found.groups[0].label == "learning rate = 0.001, training images = 4,500, horizontal flip = on"
    assert found.groups[1].short == "learning rate = 0.0005, training images = 45,000, horizontal flip = off"


def test_epochs_against_steps_says_what_each_has(tmp_path):
    runs = [
        Run(write_run(tmp_path, "a", seed=0, epochs=3)),
        Run(write_run(tmp_path, "b", seed=0, epochs=None, steps=2000)),
    ]
    assert [group.label for group in grouped(runs).groups] == ["epochs = 3", "steps = 2,000"]


def test_device_versions_and_kept_logits_are_no_recipe_and_all_images_are_their_number(tmp_path):
    runs = [
        Run(write_run(tmp_path, "a", seed=0, device="gpu:0", keep_logits=True)),
        Run(write_run(tmp_path, "b", seed=1, versions={"keras": "1"}, num_train=45_000)),
    ]
    (group,) = grouped(runs).groups
    assert list(group.by_seed) == [0, 1]
    assert group.label == group.short == runs[0].config.title
    assert grouped(runs).differing == ()


@pytest.mark.parametrize("newest", ["first", "second"])
def test_of_equal_settings_and_seeds_the_newest_run_is_kept(tmp_path, newest):
    runs = [
        Run(write_run(tmp_path, name, seed=0, finished_at=2.0 if name == newest else 1.0))
        for name in ("first", "second")
    ]
    found = grouped(runs)
    assert [run.name for run in found.runs] == [newest]
    assert [run.name for run in found.replaced] == [({"first", "second"} - {newest}).pop()]


def test_runs_of_different_data_sets_are_refused_in_a_sentence(tmp_path):
    runs = [
        Run(write_run(tmp_path, "a", seed=0)),
        Run(write_run(tmp_path, "b", seed=0, dataset="mnist", architecture="dense")),
    ]
    with pytest.raises(NotComparable, match=r"got CIFAR-10 and MNIST\. Choose runs of one data set"):
        grouped(runs)
