"""Images/s of the trainer, compared with the article's plain Keras `fit`, in one process: `python -m benchmarks.training_speed`.

The article's code (Sequential, images as float32 in [0, 1], RMSprop, batches of 128) and ours alternate, so that a busy
machine slows down both. Each trains one epoch of 12,800 MNIST images, after a first one that compiles and is not counted.
Evaluation after the epoch is not included.
"""

import os
import tempfile
import time
from statistics import median

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
from keras import layers

from core.data import datasets
from core.training import machine, runs, trainer
from core.training.config import RunConfig

NUM_IMAGES, REPEATS = 12_800, 5


def article() -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.RMSprop(), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main() -> None:
    print(machine.description("cpu"))
    train = datasets.load("mnist", "train")
    images, labels = train.images[:NUM_IMAGES].astype("float32") / 255, train.labels[:NUM_IMAGES]
    plain = article()
    plain.fit(images, labels, batch_size=128, verbose=0)
    speeds: dict[str, list[float]] = {"plain Keras fit": [], "core.training": []}
    splits = {split: datasets.load("mnist", split) for split in datasets.SPLITS}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WAKARANAI_RUNS"] = folder
        for repeat in range(REPEATS):
            start = time.perf_counter()
            plain.fit(images, labels, batch_size=128, verbose=0)
            speeds["plain Keras fit"].append(NUM_IMAGES / (time.perf_counter() - start))
            # A new run of two epochs: the first compiles, the second is measured.
            config = RunConfig("mnist", "small_cnn", epochs=2, num_train=NUM_IMAGES, seed=repeat)
            run = runs.create(config)
            trainer._fit(run, config, splits)
            speeds["core.training"].append(run.history()[-1]["images_per_second"])
    print()
    for name, values in speeds.items():
        print(
            f"{name:16}: median of {REPEATS} {median(values):8,.0f} images/s ({min(values):,.0f} to {max(values):,.0f})"
        )
    ratio = median(speeds["core.training"]) / median(speeds["plain Keras fit"])
    print(f"core.training / plain Keras fit: {ratio:.2f}")


if __name__ == "__main__":
    main()
