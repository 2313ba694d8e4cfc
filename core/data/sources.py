"""The data sets, the files that they consist of, and the folders where those are searched for.

Files are searched for in $WAKARANAI_DATA/<folder>, data/<folder> and starter/data/<folder>, in this order. The folder has
the name of the data set, or the name that the publisher's archive gives it.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.data.formats import cifar10, idx, pets
from core.data.formats.idx import DataDamaged
from core.data.formats.pets import Pets

ROOT = Path(__file__).resolve().parents[2]


class DataMissing(FileNotFoundError):
    """A file of a data set is in none of the folders where it is searched for."""


@dataclass(frozen=True)
class Source:
    """A published data set.

    Attributes:
        title: its name on screen.
        class_names: in the order of the labels.
        groups: superclass -> its class names; empty if there are none.
        image_shape: (height, width, channels) of the images that the models take.
        num_samples: split -> number of images.
        files: file name -> SHA-256.
        split_files: split -> the files it is read from.
        read: turns the files of a split (file name -> content, in their order) into images (num_samples, height, width,
            channels) and labels (num_samples,). Of these images, "train" takes the first num_samples and "validation"
            the last. None if there is open_folder.
        addresses: the publisher's address and its mirrors; the file name is appended.
        citation: the publication to cite.
        folder: the name of the folder with its files; empty if it is the name of the data set.
        open_folder: for a data set of which only a part may be present: opens its folder. Its files have no SHA-256, and
            num_samples counts everything that was published. None if there is read.
        archives: file name -> "algorithm:digest" of the archives in which the files are published; empty if the files
            are published one by one.
    """

    title: str
    class_names: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    image_shape: tuple[int, int, int]
    num_samples: Mapping[str, int]
    files: Mapping[str, str]
    split_files: Mapping[str, tuple[str, ...]]
    read: Callable[[Mapping[str, bytes]], tuple[NDArray[np.uint8], NDArray[np.uint8]]] | None
    addresses: tuple[str, ...]
    citation: str
    folder: str = ""
    open_folder: Callable[[Path], Pets] | None = None
    archives: Mapping[str, str] = field(default_factory=dict)


TRAIN = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
TEST = ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")
IDX_SPLITS = {"train": TRAIN, "validation": TRAIN, "test": TEST}
# The first 50,000 training images train, the last 10,000 validate, the published test set tests.
IDX_SAMPLES = {"train": 50_000, "validation": 10_000, "test": 10_000}
CIFAR10_TRAIN = tuple(f"data_batch_{number}.bin" for number in range(1, 6))

SOURCES = {
    "mnist": Source(
        title="MNIST",
        class_names=tuple("0123456789"),
        groups={"even": tuple("02468"), "odd": tuple("13579")},
        image_shape=(28, 28, 1),
        num_samples=IDX_SAMPLES,
        files={
            TRAIN[0]: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            TRAIN[1]: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            TEST[0]: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            TEST[1]: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        },
        split_files=IDX_SPLITS,
        read=idx.images_and_labels,
        addresses=(
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
        ),
        citation="LeCun, Bottou, Bengio, Haffner 1998, https://doi.org/10.1109/5.726791",
    ),
    "fashion_mnist": Source(
        title="Fashion-MNIST",
        class_names=(
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
        ),
        groups={
            "upper body": ("T-shirt/top", "Pullover", "Dress", "Coat", "Shirt"),
            "trousers": ("Trouser",),
            "footwear": ("Sandal", "Sneaker", "Ankle boot"),
            "bag": ("Bag",),
        },
        image_shape=(28, 28, 1),
        num_samples=IDX_SAMPLES,
        files={
            TRAIN[0]: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            TRAIN[1]: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            TEST[0]: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            TEST[1]: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        },
        split_files=IDX_SPLITS,
        read=idx.images_and_labels,
        addresses=("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
        citation="Xiao, Rasul, Vollgraf 2017, https://arxiv.org/abs/1708.07747",
    ),
    "cifar10": Source(
        title="CIFAR-10",
        class_names=(
            "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
        ),
        groups={
            "animal": ("bird", "cat", "deer", "dog", "frog", "horse"),
            "vehicle": ("airplane", "automobile", "ship", "truck"),
        },
        image_shape=(32, 32, 3),
        # The first 45,000 training images train, the last 5,000 validate, the published test set tests.
        num_samples={"train": 45_000, "validation": 5_000, "test": 10_000},
        files={
            CIFAR10_TRAIN[0]: "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
            CIFAR10_TRAIN[1]: "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
            CIFAR10_TRAIN[2]: "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
            CIFAR10_TRAIN[3]: "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
            CIFAR10_TRAIN[4]: "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
            "test_batch.bin": "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
        },
        split_files={"train": CIFAR10_TRAIN, "validation": CIFAR10_TRAIN[-1:], "test": ("test_batch.bin",)},
        read=cifar10.images_and_labels,
        addresses=("https://www.cs.toronto.edu/~kriz/",),
        citation="Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf",
        folder="cifar-10-batches-bin",
        archives={
            "cifar-10-binary.tar.gz": "sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        },
    ),
    "oxford_pets": Source(
        title="Oxford-IIIT Pet",
        class_names=pets.CLASS_NAMES,
        groups=pets.GROUPS,
        image_shape=(pets.SIDE, pets.SIDE, 3),
        num_samples={"train": 2_946, "validation": 734, "test": 3_669},
        files=dict.fromkeys(pets.FILES, ""),
        split_files=dict.fromkeys(("train", "validation", "test"), pets.FILES),
        read=None,
        addresses=("https://www.robots.ox.ac.uk/~vgg/data/pets/data/",),
        citation="Parkhi, Vedaldi, Zisserman, Jawahar 2012, https://www.robots.ox.ac.uk/~vgg/data/pets/",
        open_folder=Pets,
        archives={
            "images.tar.gz": "md5:5c4f3ee8e5d25df40f4fd59a7f44e54c",
            "annotations.tar.gz": "md5:95a8c909bbe2e81eed6a22bccdf3f68f",
        },
    ),
}  # fmt: skip


def source(name: str) -> Source:
    """The data set of this name.

    Raises:
        ValueError: there is no such data set.
    """
    if name not in SOURCES:
        raise ValueError(f"There is no data set {name!r}; expected one of {', '.join(SOURCES)}.")
    return SOURCES[name]


def num_samples(name: str) -> Mapping[str, int]:
    """Split -> number of images that are present; if none are, the number that were published."""
    if source(name).open_folder:
        with suppress(DataMissing, DataDamaged):
            return opened(name).num_samples
    return source(name).num_samples


def note(name: str) -> str:
    """What a viewer must know about the images, for example that they are only a sample; usually empty."""
    if source(name).open_folder:
        with suppress(DataMissing, DataDamaged):
            return opened(name).note
    return ""


def opened(name: str) -> Pets:
    """The folder of a data set of which only a part may be present.

    Raises:
        ValueError: this data set is read file by file.
        DataMissing: there is no list of its images.
        DataDamaged: on access, if the folder differs from what was published.
    """
    open_folder = source(name).open_folder
    if open_folder is None:
        raise ValueError(f"{name} is read file by file: use `core.data.datasets.load`.")
    first = next(iter(source(name).files))
    return open_folder(Path(str(find(name, first)).removesuffix(first)))


def download_folder(name: str) -> Path:
    """The folder for downloads of a data set: under $WAKARANAI_DATA if it is set, else under data/."""
    return Path(os.environ.get("WAKARANAI_DATA") or ROOT / "data") / folder_name(name)


def folder_name(name: str) -> str:
    """The name of the folder with a data set's files."""
    return (SOURCES[name].folder if name in SOURCES else "") or name


def places(name: str) -> list[Path]:
    """The folders in which a data set's files are searched for, in this order."""
    folder = folder_name(name)
    return list(dict.fromkeys([download_folder(name), ROOT / "data" / folder, ROOT / "starter/data" / folder]))


def find(name: str, file_name: str) -> Path:
    """The path of a data set's file, in the first folder that has it.

    Raises:
        DataMissing: no folder has it; says where it was searched for and how to get it.
    """
    for folder in places(name):
        if (folder / file_name).exists():
            return folder / file_name
    looked = ", ".join(str(folder) for folder in places(name))
    raise DataMissing(
        f"{source(name).title} needs the file {file_name}, which is in none of {looked}. "
        f"Download it with `python -m core.data.download {name}` or from the page Train."
    )


def content(name: str, file_name: str) -> bytes:
    """The bytes of a data set's file, exactly as published.

    Raises:
        DataMissing: the file was not found.
        DataDamaged: its SHA-256 is not the published one; says which file and what to do.
    """
    path, sha256 = find(name, file_name), source(name).files[file_name]
    found = path.read_bytes()
    if (digest := hashlib.sha256(found).hexdigest()) != sha256:
        raise DataDamaged(
            f"{path} is damaged: {len(found):,} bytes with SHA-256 {digest[:12]}…, expected {sha256[:12]}…. "
            f"Delete it and download it again with `python -m core.data.download {name}` or from the page Train."
        )
    return found


def missing_files(name: str, split: str | None = None) -> list[str]:
    """The files of a data set, or of one of its splits, that were not found. No file is read."""
    wanted = source(name).files if split is None else source(name).split_files[split]
    return [file for file in wanted if not any((folder / file).exists() for folder in places(name))]
