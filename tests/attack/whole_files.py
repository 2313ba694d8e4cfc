"""Files of every format that the app reads, made here or brought by the app, for `tests.attack.entries` to damage."""

import gzip
import io
import json
import struct
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from core.data.formats import cifar10, pets
from core.metrics.familiarity import familiarity
from core.metrics.passes import pass_summary
from core.training import kept_familiarity
from tests.core.data.formats.test_pets import write
from tests.core.training.hostile import CLEAN

FEW_PETS = [f"{breed}_{number}" for breed in ("Bengal", "beagle") for number in range(1, 6)]
PROGRESS = {
    "phase": "training", "step": 3, "total_steps": 9, "images_per_second": 5.0, "seconds_left": 1, "loss": 0.5, "accuracy": 0.5,
    "cross_entropy": 0.4, "ahead": ["another"],
}  # fmt: skip


def picture(mode: str) -> Image.Image:
    """A dark stroke on a light ground."""
    pixels = np.full((60, 80), 230, np.uint8)
    pixels[10:50, 36:44] = 20
    return Image.fromarray(pixels).convert(mode)


def _saved(mode: str, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture(mode).save(buffer, kind, **options)
    return buffer.getvalue()


@cache
def pictures() -> dict[str, bytes]:
    found = {f"{mode}.png": _saved(mode, "PNG") for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")}
    found |= {f"{mode}.jpg": _saved(mode, "JPEG") for mode in ("L", "RGB", "CMYK")}
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    found["turned.jpg"] = _saved("RGB", "JPEG", exif=exif, progressive=True)
    found |= {f"{mode}.bmp": _saved(mode, "BMP") for mode in ("1", "L", "RGB", "RGBA")}
    found |= {f"{mode}.webp": _saved(mode, "WEBP") for mode in ("RGB", "RGBA")}
    found["lossless.webp"] = _saved("RGB", "WEBP", lossless=True)
    found["P.gif"] = _saved("P", "GIF")
    found["animated.gif"] = _saved("P", "GIF", save_all=True, append_images=[picture("L").rotate(9)], duration=50)
    return found


@cache
def archives() -> dict[str, bytes]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("RGB.png", "L.jpg", "P.gif"):
            archive.writestr(f"folder/{name}", pictures()[name])
        archive.writestr("notes.txt", "no picture")
    return {"pictures.zip": packed.getvalue()}


@cache
def idx_files() -> dict[str, bytes]:
    labels, images = bytes(range(10)) * 3, bytes(range(256)) * 92
    header = struct.pack(">BBBBIII", 0, 0, 8, 3, 30, 28, 28)
    return {
        "images.gz": gzip.compress(header + images[: 30 * 784]),
        "labels.gz": gzip.compress(struct.pack(">BBBBI", 0, 0, 8, 1, 30) + labels),
    }


@cache
def cifar10_files() -> dict[str, bytes]:
    return {"batch.bin": b"".join(bytes([label]) + bytes(range(256)) * 12 for label in range(cifar10.NUM_CLASSES))}


@cache
def pets_files() -> dict[str, bytes]:
    image = io.BytesIO()
    Image.new("RGB", (300, 240), (9, 99, 199)).save(image, "JPEG")
    rows = "".join(
        f"{name} {pets.BREEDS.index(name.rpartition('_')[0]) + 1} {1 if name[0].isupper() else 2} 1\n"
        for name in FEW_PETS
    )
    return {
        "annotations/list.txt": f"#Image CLASS-ID SPECIES BREED ID\n{rows}".encode(),
        f"images/{FEW_PETS[0]}.jpg": image.getvalue(),
    }


def write_pets(folder: Path) -> None:
    """A folder of pets that is whole."""
    write(folder, FEW_PETS, tested=FEW_PETS[:2])


@cache
def reviews() -> dict[str, bytes]:
    votes = {"given": 2, "guessed": 2, "neither": 0, "both": 1}
    listed = [
        {"id": number, "given_original_label": 3, "our_guessed_label": 5, "mturk": votes} for number in (0, 7, 9_999)
    ]
    return {"reviews.json": json.dumps(listed).encode()}


@cache
def votes() -> dict[str, bytes]:
    array = io.BytesIO()
    np.save(array, np.eye(10, dtype=np.int64)[np.arange(10_000) % 10] * 50)
    return {"votes.npy": array.getvalue()}


@cache
def records_of_a_run() -> dict[str, bytes]:
    found = {name: (CLEAN / name).read_bytes() for name in ("config.json", "done.json", "history.jsonl")}
    found |= {
        f"predictions/{split}.npz": (CLEAN / f"predictions/{split}.npz").read_bytes()
        for split in ("validation", "test")
    }
    return found | {
        "progress.json": json.dumps(PROGRESS).encode(),
        "owner.json": json.dumps({"name": "Aiko", "fingerprint": "0" * 64}).encode(),
        "error.txt": b"The loss became nan at step 7.",
        "log.txt": "step 1\rstep 2\nepoch 1 · loss 0.5\n".encode(),
        "queued": b"3",
    }


@cache
def kept_results() -> dict[str, bytes]:
    rng, found = np.random.default_rng(0), {}
    for name, arrays in (
        ("scores/test.npz", {"fDBD": rng.random(50), "k-NN distance": rng.random(50).astype(np.float32)}),
        ("logits/noise.npz", {"logits": rng.normal(size=(50, 10)).astype(np.float32)}),
    ):
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        found[name] = buffer.getvalue()
    return found | {"monte_carlo/own-100.npz": _passes(), "familiarity.npz": _familiarity()}


def _passes() -> bytes:
    from tempfile import TemporaryDirectory

    logits = np.random.default_rng(1).random((50, 4, 10))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "passes.npz"
        pass_summary(logits / logits.sum(axis=2, keepdims=True)).save(file)
        return file.read_bytes()


def _familiarity() -> bytes:
    from tempfile import TemporaryDirectory

    rng = np.random.default_rng(2)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "familiarity.npz"
        kept_familiarity.write(
            file, familiarity(rng.normal(size=(60, 5)), rng.integers(3, size=60), rng.normal(size=(20, 5)))
        )
        return file.read_bytes()
