"""The runs of an experiment that come with the app."""

from pathlib import Path

import numpy as np

from core.training import epoch_logits, experiments, shipped, trainer
from core.training.kept_logits import saved_logits
from core.training.runs import Run

TEXT = """
title = "A title"
about = "A question."
seeds = [0, 1]
[settings]
dataset = "mnist"
architecture = "softmax_regression"
epochs = 1
num_train = 300
keep_logits = true
[[variants]]
name = "plain"
"""


def test_what_a_comparison_needs_is_copied_without_the_network(own_runs, tmp_path):
    experiments.save("tiny", TEXT)
    experiment = experiments.find("tiny")
    cell = experiment.cells[0]
    run = experiments._created(experiment, cell)
    assert trainer.main([str(run.folder)]) == 0
    np.savez_compressed(_made(run.folder / "logits") / "fashion_mnist.npz", logits=np.float32([[1.5, 2.5]]))
    (copy,) = shipped.ship(experiment, tmp_path)  # the second cell is not trained
    assert copy == tmp_path / "tiny" / cell.run_name
    assert {file.name for file in copy.iterdir()} == {
        "config.json", "history.jsonl", "done.json", "predictions", "epochs", "logits"
    }  # fmt: skip
    copied = Run(copy)
    assert copied.status == "done"
    assert copied.done() == run.done()
    assert not copied.has_model
    np.testing.assert_array_equal(copied.predictions("test").logits, run.predictions("test").logits)
    np.testing.assert_array_equal(epoch_logits.kept(copied).logits, epoch_logits.kept(run).logits)
    assert saved_logits(copied, "fashion_mnist").tolist() == [[1.5, 2.5]]
    assert shipped.ship(experiment, tmp_path) == [copy]  # in place of the first copy


def test_an_experiment_that_is_not_there_is_a_sentence(own_runs, capsys):
    assert shipped.main(["nothing"]) == 1
    assert "nothing" in capsys.readouterr().err


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder
