"""Training from beginning to end, on a few images."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from filelock import FileLock
from scipy.special import softmax

from core.training import __main__ as command
from core.training import reporting, runs, trainer
from core.training.config import RunConfig
from core.training.runs import Run

QUICK = RunConfig("mnist", "softmax_regression", epochs=2, batch_size=50, num_train=1000)


def weights(run: Run) -> list[bytes]:
    return [weight.tobytes() for weight in run.model().get_weights()]


def test_a_run_writes_its_whole_record(own_runs, capsys):
    run = runs.create(QUICK)
    assert run.status == "interrupted"
    assert trainer.main([str(run.folder)]) == 0
    assert run.status == "done"
    kept = {file.name for file in run.folder.iterdir()} - {"lock"}
    assert kept == {"config.json", "done.json", "history.jsonl", "model.keras", "predictions", "progress.json"}
    assert trainer.main([str(run.folder)]) == 1  # a run that is done is not trained again
    test, validation = run.predictions("test"), run.predictions("validation")
    assert test.logits.shape == validation.logits.shape == (10_000, 10)
    done = run.done()
    assert done["test_accuracy"] == test.accuracy > 0.75
    assert done["validation_accuracy"] == validation.accuracy
    assert done["num_parameters"] == QUICK.num_parameters == 7850
    assert done["machine"]["cores"] == os.cpu_count()
    history = run.history()
    assert [line["step"] for line in history] == [20, 40]
    assert [line["epoch"] for line in history] == [1, 2]
    assert history[-1]["validation_accuracy"] == validation.accuracy
    assert run.config.versions.keys() == {"keras", "tensorflow", "numpy"}
    assert "Test accuracy" in capsys.readouterr().out


def test_the_saved_model_gives_the_saved_logits_and_has_no_optimizer(own_runs):
    from core.data import datasets
    from core.models import inference

    run = runs.create(replace(QUICK, epochs=1))
    trainer.main([str(run.folder)])
    model, images = run.model(), datasets.load("mnist", "test").images[:64]
    assert getattr(model, "optimizer", None) is None
    np.testing.assert_allclose(np.asarray(model(images)), run.predictions("test").logits[:64], atol=1e-5)
    np.testing.assert_allclose(inference.logits(model, images), run.predictions("test").logits[:64], atol=1e-5)


@pytest.mark.parametrize(
    "config",
    [
        replace(QUICK, epochs=3),
        replace(QUICK, architecture="small_cnn", epochs=None, steps=9, num_train=250, shift=2, schedule="cosine"),
        replace(
            QUICK, epochs=3, optimizer="sgd", schedule="one-cycle", flip=True, cutout=4, label_smoothing=0.1, patience=2,
            weight_decay=1e-3, averaging=0.9, loss="superclass", keep_logits=True,
        ),
    ],
    ids=["softmax_regression", "small_cnn with Dropout, shifts and a schedule", "every other option"],
)  # fmt: skip
def test_an_interrupted_run_ends_with_exactly_the_weights_of_an_uninterrupted_one(own_runs, monkeypatch, config):
    whole, broken = runs.create(config, "whole"), runs.create(config, "broken")
    trainer.main([str(whole.folder)])

    saved = []

    def save_then_die(model, path, save=trainer._save):
        save(model, path)
        saved.append(path.name)
        if len(saved) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(trainer, "_save", save_then_die)
        trainer.main([str(broken.folder)])
    assert broken.status == "stopped"
    # A line that is newer than the checkpoint, as if the machine had died between writing the two.
    history = broken.folder / "history.jsonl"
    history.write_text(history.read_text() + json.dumps({**broken.history()[-1], "step": 10**6}) + "\n")
    trainer.main([str(broken.folder)])
    assert broken.status == "done"
    assert weights(broken) == weights(whole)
    assert [line["step"] for line in broken.history()] == [line["step"] for line in whole.history()]
    for key in ("loss", "cross_entropy"):
        assert [line.get(key) for line in broken.history()] == [line.get(key) for line in whole.history()]


def test_the_history_has_the_cross_entropy_of_the_training_images_without_smoothing_and_superclass_term(own_runs):
    from core.data import datasets
    from core.training import optimization

    # A rate so low that no weight changes: the losses are those of the initial weights.
    config = replace(QUICK, epochs=1, learning_rate=1e-30, label_smoothing=0.1, loss="superclass")
    run = runs.create(config)
    trainer.main([str(run.folder)])
    [line] = run.history()
    train, model = datasets.load("mnist", "train"), optimization.compiled(config)
    images, labels = train.images[:1000], train.labels[:1000]
    probs = softmax(np.asarray(model(images), np.float64), axis=1)
    assert line["cross_entropy"] == pytest.approx(-np.log(probs[np.arange(1000), labels]).mean(), rel=1e-5)
    assert line["loss"] == pytest.approx(float(model.loss(labels, model(images))), rel=1e-5)
    # At first the superclass term, even or odd, is about log(2).
    assert line["loss"] > line["cross_entropy"] + 0.4


def test_a_loss_that_is_cross_entropy_alone_is_recorded_once(own_runs):
    run = runs.create(replace(QUICK, epochs=1, num_train=100))
    trainer.main([str(run.folder)])
    [line] = run.history()
    assert "cross_entropy" not in line
    assert f"loss {line['loss']:.4f} · accuracy" in reporting.summary(line)


def test_a_checkpoint_of_a_version_that_did_not_record_the_cross_entropy_can_be_continued(own_runs, monkeypatch):
    from core.training import optimization

    run = runs.create(replace(QUICK, num_train=100, label_smoothing=0.1))

    def save_then_die(model, path, save=trainer._save):
        save(model, path)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(optimization, "_metrics", lambda config: ["accuracy"])
        patch.setattr(trainer, "_save", save_then_die)
        trainer.main([str(run.folder)])
    trainer.main([str(run.folder)])
    assert run.status == "done"
    assert ["cross_entropy" in line for line in run.history()] == [False, False]


def test_the_losses_of_training_and_validation_that_are_printed_side_by_side_are_the_same_quantity():
    line = {
        "epoch": 1, "loss": 0.9, "cross_entropy": 0.4, "accuracy": 0.8, "validation_loss": 0.5, "validation_accuracy": 0.8,
        "images_per_second": 10,
    }  # fmt: skip
    assert "loss 0.4000 · accuracy 80.00% · validation loss 0.5000" in reporting.summary(line)


def test_an_interrupted_pretrained_network_ends_with_exactly_the_same_weights_too(own_runs, monkeypatch, tmp_path):
    """Interrupted before and after it is unfrozen. The network is tiny and the pictures are made here."""
    import keras

    from core.models.architectures import ARCHITECTURES
    from core.training import optimization
    from tests.core.data.formats.test_pets import TEN_EACH, write

    def tiny(input_shape, num_classes):
        inputs = keras.Input(input_shape, dtype="uint8")
        x = keras.layers.AveragePooling2D(32)(keras.layers.Rescaling(1 / 255, name="scaling")(inputs))
        x = keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3)(x))
        x = keras.layers.Dropout(0.2)(keras.layers.GlobalAveragePooling2D()(x))
        return keras.Model(inputs, keras.layers.Dense(num_classes, name="logits")(x))

    monkeypatch.setitem(ARCHITECTURES, "pets_transfer", tiny)
    monkeypatch.setattr(optimization, "load_pretrained", lambda model: None)
    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))
    write(tmp_path / "oxford_pets", TEN_EACH)
    config = RunConfig("oxford_pets", "pets_transfer", "adam", epochs=4, batch_size=5, frozen_epochs=1)
    config = replace(config, num_train=12)
    whole, broken = runs.create(config, "whole"), runs.create(config, "broken")
    trainer.main([str(whole.folder)])
    for after in (1, 1):  # before it is unfrozen, and after

        def save_then_die(model, path, save=trainer._save, left=[after]):  # noqa: B006
            save(model, path)
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(trainer, "_save", save_then_die)
            trainer.main([str(broken.folder)])
    trainer.main([str(broken.folder)])
    assert (broken.status, len(broken.history())) == ("done", 4)
    assert weights(broken) == weights(whole)


def test_patience_ends_a_run_and_keeps_the_best_weights(own_runs, monkeypatch):
    losses = iter((1.0, 0.5, 0.6, 0.5))
    monkeypatch.setattr(trainer, "_loss", lambda predictions: next(losses))
    short = replace(QUICK, epochs=9, num_train=100)
    run, second = runs.create(replace(short, patience=2), "patient"), runs.create(replace(short, epochs=2), "two")
    trainer.main([str(run.folder)])
    assert [line["validation_loss"] for line in run.history()] == [1.0, 0.5, 0.6, 0.5]
    assert run.status == "done"
    assert run.done()["kept_epoch"] == 2
    assert not (run.folder / "best.keras").exists()
    monkeypatch.setattr(trainer, "_loss", lambda predictions: 1.0)
    trainer.main([str(second.folder)])
    assert weights(run) == weights(second)
    np.testing.assert_array_equal(run.predictions("test").logits, second.predictions("test").logits)


def test_a_model_trained_in_mixed_precision_is_saved_in_float32(own_runs):
    run = runs.create(replace(QUICK, architecture="small_cnn", epochs=1, num_train=100, precision="mixed_bfloat16"))
    try:
        assert trainer.main([str(run.folder)]) == 0
    finally:
        import keras

        keras.config.set_dtype_policy("float32")
    assert {layer.compute_dtype for layer in run.model().layers[1:]} == {"float32"}


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(own_runs):
    first, second, other = (
        runs.create(replace(QUICK, epochs=1, seed=seed), name) for seed, name in ((1, "a"), (1, "b"), (2, "c"))
    )
    for run in (first, second, other):
        trainer.main([str(run.folder)])
    assert weights(first) == weights(second) != weights(other)


def test_segments_cover_the_run_and_none_crosses_an_epoch():
    assert list(trainer.segments(QUICK)) == [(0, 20), (20, 40)]
    steps = list(trainer.segments(replace(QUICK, epochs=None, steps=50)))
    assert steps == [(0, 5), (5, 10), (10, 15), (15, 20), (20, 25), (25, 30), (30, 35), (35, 40), (40, 45), (45, 50)]
    uneven = list(trainer.segments(replace(QUICK, epochs=None, steps=47, num_train=350)))
    assert uneven[:3] == [(0, 5), (5, 7), (7, 12)]
    assert uneven[-2:] == [(40, 42), (42, 47)]


def test_a_loss_that_is_not_finite_fails_by_name(own_runs):
    run = runs.create(replace(QUICK, optimizer="sgd", learning_rate=1e38))
    with pytest.raises(reporting.NonFiniteLoss):
        trainer.main([str(run.folder)])
    assert run.status == "failed"
    assert run.error.startswith("The loss became ")
    assert "lower learning rate" in run.error


def test_missing_data_fail_with_a_message_that_says_what_to_do(own_runs, monkeypatch, tmp_path):
    from core.data import sources

    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    run = runs.create(QUICK)
    with pytest.raises(sources.DataMissing):
        trainer.main([str(run.folder)])
    assert run.status == "failed"
    assert "python -m core.data.download mnist" in run.error


def test_a_run_that_has_lost_images_says_so(own_runs, monkeypatch, tmp_path):
    from core.data import sources
    from tests.core.data.formats.test_pets import TEN_EACH, write

    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    write(tmp_path / "oxford_pets", TEN_EACH)
    run = runs.create(RunConfig("oxford_pets", "softmax_regression", epochs=1))
    for name in TEN_EACH[:10]:
        (tmp_path / f"oxford_pets/images/{name}.jpg").unlink()
    with pytest.raises(sources.DataMissing):
        trainer.main([str(run.folder)])
    assert run.error.startswith("The run was made for 12 training images of oxford_pets, of which 6 are here.")


def test_running_out_of_memory_is_called_that():
    class ResourceExhaustedError(Exception):
        pass

    for error in (MemoryError(), ResourceExhaustedError("OOM when allocating"), RuntimeError("CUDA out of memory")):
        assert trainer.failure(error).startswith("Out of memory. Choose a smaller batch")
    assert trainer.failure(TypeError("first line\nsecond")) == "TypeError: first line"


def test_a_run_that_is_being_trained_is_left_to_its_trainer(own_runs, monkeypatch, capsys):
    run = runs.create(QUICK)
    acquire = trainer.FileLock.acquire
    monkeypatch.setattr(trainer.FileLock, "acquire", lambda lock, timeout=None: acquire(lock, timeout=0.1))
    with FileLock(run.folder / "lock"):
        assert trainer.main([str(run.folder)]) == 1
    assert "is being trained already" in capsys.readouterr().err
    assert run.status == "interrupted"


def test_the_command_creates_a_run_and_trains_it(own_runs):
    arguments = [
        "--dataset",
        "mnist",
        "--architecture",
        "softmax_regression",
        "--epochs",
        "1",
        "--num-train",
        "500",
        "--seed",
        "4",
    ]
    assert command.main(arguments) == 0
    [run] = [run for run in runs.all_runs() if not run.is_starter]
    assert (run.status, run.config.seed, run.config.num_train) == ("done", 4, 500)


def test_the_command_refuses_a_wrong_value_in_a_sentence(own_runs, capsys):
    with pytest.raises(SystemExit):
        command.main(["--dataset", "mnist", "--architecture", "dense", "--epochs", "0"])
    assert "epochs must be at least 1, got 0" in capsys.readouterr().err


def test_the_trainer_does_not_import_tensorflow_by_name_and_runs_on_another_backend():
    """Keras chooses its backend from the environment, which is checked here."""
    code = "from core.training import trainer; from core.training.config import RunConfig; import os\ntrainer._select_device(RunConfig('mnist', 'dense', epochs=1, backend='jax', device='gpu:1'))\nprint(os.environ['KERAS_BACKEND'], os.environ['CUDA_VISIBLE_DEVICES'], os.environ['CUDA_DEVICE_ORDER'])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=runs.ROOT)
    # By default CUDA would count the fastest GPU first, and nvidia-smi, from which the number comes, by bus.
    assert result.stdout.split() == ["jax", "1", "PCI_BUS_ID"]
