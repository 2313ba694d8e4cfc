"""The pets' folder in the published layout, with small made-up pictures."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.data import datasets, sources
from core.data.formats import pets
from core.data.formats.idx import DataDamaged
from core.data.formats.pets import Pets
from tests.core.data.pictures.test_uploads import png_of_size


def annotation(name: str) -> str:
    breed = name.rpartition("_")[0]
    return f"{name} {pets.BREEDS.index(breed) + 1} {1 if breed[0].isupper() else 2} 1\n"


def write(folder, names, *, listed=None, tested=()):
    """Pictures of these names, each of one brightness, and the annotations of those that are listed."""
    (folder / "images").mkdir(parents=True)
    (folder / "annotations").mkdir()
    for index, name in enumerate(names):
        Image.new("RGB", (300, 240), (index, index, index)).save(folder / f"images/{name}.jpg", quality=95)
    listed = names if listed is None else listed
    lists = {"list": listed, "test": tested, "trainval": [name for name in listed if name not in tested]}
    for stem, rows in lists.items():
        (folder / f"annotations/{stem}.txt").write_text(
            "#Image CLASS-ID SPECIES BREED ID\n" + "".join(map(annotation, rows))
        )


TEN_EACH = [
    f"{breed}_{number}" for breed in ("Bengal", "beagle") for number in (1, 2, 3, 10, 20, 30, 100, 200, 201, 202)
]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    return tmp_path / "oxford_pets"


def test_the_breeds_are_twelve_cats_and_twenty_five_dogs():
    assert len(pets.CLASS_NAMES) == 37
    assert (len(pets.GROUPS["cat"]), len(pets.GROUPS["dog"])) == (12, 25)
    assert pets.CLASS_NAMES[0] == "Abyssinian"
    assert pets.CLASS_NAMES[36] == "Yorkshire Terrier"
    assert "Egyptian Mau" in pets.GROUPS["cat"]


def test_a_sample_is_split_breed_by_breed_in_the_order_of_the_numbers(here):
    write(here, TEN_EACH, tested=TEN_EACH[:3])
    splits = Pets(here).splits
    assert splits["train"] == [
        f"{breed}_{number}" for breed in ("beagle", "Bengal") for number in (1, 2, 3, 10, 20, 30)
    ]
    assert splits["validation"] == ["beagle_100", "beagle_200", "Bengal_100", "Bengal_200"]
    assert splits["test"] == ["beagle_201", "beagle_202", "Bengal_201", "Bengal_202"]
    assert sources.num_samples("oxford_pets") == {"train": 12, "validation": 4, "test": 4}


def test_the_full_set_has_the_published_test_split(here, monkeypatch):
    monkeypatch.setattr(pets, "NUM_PUBLISHED", len(TEN_EACH))
    tested = [name for name in TEN_EACH if name.endswith(("_1", "_2", "_10", "_30", "_201"))]
    write(here, TEN_EACH, tested=tested)
    found = Pets(here)
    assert found.note == ""
    assert set(found.splits["test"]) == set(tested)
    assert found.splits["validation"] == ["beagle_202", "Bengal_202"]
    assert found.num_samples == {"train": 8, "validation": 2, "test": 10}


def test_a_sample_is_called_a_sample_and_says_what_is_listed_but_missing(here):
    write(here, TEN_EACH[:-2], listed=TEN_EACH)
    note = sources.note("oxford_pets")
    assert note.startswith("A sample: 18 of the 7,349 published images are here")
    assert note.endswith("Listed but missing: beagle_201.jpg and 1 more.")
    assert datasets.load("oxford_pets", "test").note == note
    assert sources.note("mnist") == ""


def test_images_are_scaled_to_224_pixels_and_breeds_take_turns(here):
    write(here, TEN_EACH)
    data = datasets.load("oxford_pets", "train")
    assert data.images.shape == (12, 224, 224, 3)
    assert data.labels[:4].tolist() == [4, 5, 4, 5]
    # beagle_1 is the eleventh picture, of brightness 10.
    np.testing.assert_allclose(data.images[0], 10, atol=1)


def test_the_shorter_side_is_resized_and_the_middle_is_kept(here):
    write(here, ["Bengal_1"])
    wide = np.zeros((448, 896, 3), np.uint8)
    wide[:, 224:672] = 200  # the middle square
    Image.fromarray(wide).save(here / "images/Bengal_1.jpg", quality=95)
    image = datasets.load("oxford_pets", "train").images[0].astype(int)
    np.testing.assert_allclose(image[:, 8:-8], 200, atol=4)


@pytest.mark.parametrize(
    ("mode", "colour", "expected"), [("L", 90, (90, 90, 90)), ("CMYK", (0, 255, 255, 0), (255, 0, 0))]
)
def test_grey_and_cmyk_pictures_become_rgb(here, mode, colour, expected):
    write(here, ["Bengal_1"])
    Image.new(mode, (250, 250), colour).save(here / "images/Bengal_1.jpg", quality=95)
    image = datasets.load("oxford_pets", "train").images[0].astype(int)
    np.testing.assert_allclose(image, np.broadcast_to(expected, image.shape), atol=3)


def test_a_png_that_is_called_jpg_is_read(here):
    """Some of the published files are."""
    write(here, ["Bengal_1"])
    Image.new("P", (250, 230)).save(here / "images/Bengal_1.jpg", "PNG")
    assert datasets.load("oxford_pets", "train").images.shape == (1, 224, 224, 3)


def test_pictures_that_cannot_be_read_are_named_in_a_sentence(here):
    write(here, TEN_EACH)
    whole = (here / "images/Bengal_1.jpg").read_bytes()
    (here / "images/Bengal_1.jpg").write_bytes(whole[: len(whole) // 2])
    (here / "images/beagle_2.jpg").write_bytes(b"")
    sentence = r"images has 2 of 12 images that cannot be read: Bengal_1\.jpg and 1 more\. Delete"
    with pytest.raises(DataDamaged, match=sentence):
        datasets.load("oxford_pets", "train")
    assert len(datasets.load("oxford_pets", "test").images) == 4


def test_a_png_under_a_jpegs_name_is_read_and_one_of_far_too_many_pixels_or_another_format_is_not(here):
    write(here, TEN_EACH)
    Image.new("RGB", (300, 240), (9, 9, 9)).save(here / "images/Bengal_1.jpg", format="PNG")
    assert datasets.load("oxford_pets", "train").images.shape == (12, 224, 224, 3)
    (here / "images/Bengal_1.jpg").write_bytes(png_of_size(5_000, 10_000))
    Image.new("RGB", (300, 240)).save(here / "images/Bengal_2.jpg", format="TIFF")
    with pytest.raises(DataDamaged, match=r"2 of 12 images that cannot be read: Bengal_1\.jpg and 1 more"):
        datasets.load("oxford_pets", "train")


@pytest.mark.parametrize(
    "line",
    ["Bengal_1 7 1 1", "unicorn_1 1 1 1", "Bengal_1", "Bengal_1 six 1 1"],
    ids=["number", "breed", "short", "word"],
)
def test_an_annotation_that_does_not_fit_is_named_with_its_line(here, line):
    write(here, TEN_EACH)
    (here / "annotations/list.txt").write_text(f"# a comment\n{line}\n")
    with pytest.raises(DataDamaged, match=r"list\.txt has in line 2 no image, breed number and species that fit: "):
        datasets.load("oxford_pets", "train")
    # A page that only asks how many there are still opens.
    assert sources.num_samples("oxford_pets")["test"] == 3_669
    assert sources.note("oxford_pets") == ""


def test_a_folder_without_images_or_without_a_list_is_named_in_a_sentence(here):
    write(here, [], listed=TEN_EACH)
    with pytest.raises(DataDamaged, match=r"images has none of the 20 listed images"):
        datasets.load("oxford_pets", "train")
    (here / "annotations/list.txt").unlink()
    with pytest.raises(datasets.DataMissing, match=r"Pet needs the file annotations/list\.txt, which is in none of"):
        datasets.load("oxford_pets", "train")
    assert "annotations/list.txt" in sources.missing_files("oxford_pets")


def test_a_picture_that_is_not_listed_is_ignored(here):
    write(here, TEN_EACH, listed=TEN_EACH[1:])
    assert not any("Bengal_1" in names for names in Pets(here).splits.values())


def test_a_run_keeps_the_number_of_images_that_it_began_with(here, own_runs):
    from core.training import runs
    from core.training.config import RunConfig

    write(here, TEN_EACH)
    run = runs.create(RunConfig("oxford_pets", "pets_transfer", epochs=1, batch_size=4))
    assert (run.config.num_train, run.config.steps_per_epoch) == (12, 3)
    Image.new("RGB", (300, 240)).save(here / "images/pug_1.jpg")
    assert replace(run.config).num_images == 12
