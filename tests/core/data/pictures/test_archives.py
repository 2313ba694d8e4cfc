import io
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.data.pictures import archives
from core.data.pictures.allowance import Allowance
from core.data.pictures.archives import OwnImages, UnreadableArchive, images_from_files, images_from_zip, read_each
from core.data.pictures.prepared import prepared_picture

DIGIT, GREY, COLOUR = (28, 28, 1), (32, 32, 1), (32, 32, 3)


def png(value: int | tuple[int, int, int], size: tuple[int, int] = (40, 40)) -> bytes:
    buffer = io.BytesIO()
    Image.new("L" if isinstance(value, int) else "RGB", size, value).save(buffer, "PNG")
    return buffer.getvalue()


def packed(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def skipped(files: dict[str, bytes] | bytes) -> dict[str, str]:
    content = files if isinstance(files, bytes) else packed(files)
    return dict(images_from_zip(content, "my.zip", GREY).skipped)


def test_pictures_in_folders_come_in_the_order_of_the_archive():
    own = images_from_zip(packed({"b.png": png(10), "folder/": b"", "folder/deep/a.png": png(20)}), "my.zip", GREY)
    assert own.names == ("b.png", "folder/deep/a.png")
    assert own.images.shape == (2, 32, 32, 1)
    assert own.images[:, 14, 14, 0].tolist() == [10, 20]
    assert own.skipped == ()


def test_colour_is_kept_for_a_run_that_takes_colour_and_becomes_brightness_for_grey():
    files = packed({"a.png": png((255, 0, 0), (80, 40))})
    assert images_from_zip(files, "my.zip", COLOUR).images[0, 5, 5].tolist() == [255, 0, 0]
    assert images_from_zip(files, "my.zip", GREY).images[0, 5, 5].tolist() == [76]  # 0.299 * 255


def test_a_file_that_is_not_a_picture_is_skipped_by_name_and_the_rest_is_read():
    own = images_from_zip(packed({"notes.txt": b"hello", "empty.png": b"", "good.png": png(5)}), "my.zip", GREY)
    assert own.names == ("good.png",)
    assert [name for name, _ in own.skipped] == ["notes.txt", "empty.png"]
    assert "notes.txt is no picture" in own.skipped[0][1]
    assert "empty.png is empty" in own.skipped[1][1]


@pytest.mark.parametrize("name", [".hidden.png", "__MACOSX/._a.png", "folder/.thumbs/a.png"])
def test_hidden_files_are_skipped(name):
    assert skipped({name: png(5)}) == {name: f"{name} is hidden."}


@pytest.mark.parametrize("name", ["../a.png", "folder/../../a.png", "/etc/a.png", "..\\a.png", "C:\\a.png", "C:a.png"])
def test_paths_outside_the_archive_are_refused_by_name(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert skipped({name: png(5)}) == {name: f"{name} has a path that leads out of the archive."}
    assert list(tmp_path.iterdir()) == []


def test_an_encrypted_entry_is_skipped():
    content = bytearray(packed({"a.png": png(5), "b.png": png(6)}))
    # The flag of the first entry, in its own header and in the directory.
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert skipped(bytes(content)) == {"a.png": "a.png is encrypted."}


def test_an_entry_packed_in_an_unusual_way_is_skipped():
    assert "packed in another way" in skipped(packed({"a.png": png(5)}, zipfile.ZIP_LZMA))["a.png"]


def test_a_bomb_is_refused_by_its_declared_size():
    content = packed({"zeros.png": bytes(30_000_000), "good.png": png(5)})
    assert len(content) < 100_000
    assert skipped(content) == {"zeros.png": "zeros.png would unpack to 30 MB."}


def test_a_bomb_that_lies_about_its_size_unpacks_to_no_more_than_it_declared():
    content = bytearray(packed({"zeros.png": bytes(30_000_000)}))
    for header, field in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", content, content.index(header) + field, 1000)
    assert "broken inside the archive" in skipped(bytes(content))["zeros.png"]


def test_a_broken_entry_does_not_stop_the_others():
    content = bytearray(packed({"a.png": png(5), "b.png": png(6)}, zipfile.ZIP_STORED))
    content[60] ^= 0xFF  # inside the first picture
    own = images_from_zip(bytes(content), "my.zip", GREY)
    assert own.names == ("b.png",)
    assert own.skipped[0][1].startswith("a.png is broken inside the archive")


def test_a_zip_in_a_zip_is_not_a_picture():
    assert "is no picture" in skipped({"inner.zip": packed({"a.png": png(5)})})["inner.zip"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "my.zip is no ZIP file, or a broken one"),
        (b"hello", "no ZIP file"),
        (packed({"a.png": png(5)})[:-30], "no ZIP file"),
        (bytes(20_000_001), "my.zip has 20 MB; at most 20 MB"),
        (b"PK\x01\x02" * 10_001, "more than 10,000 entries"),
    ],
    ids=["empty", "text", "cut off", "too large", "too many entries"],
)
def test_an_unusable_zip_is_refused_in_one_sentence(content, sentence):
    with pytest.raises(UnreadableArchive, match=sentence):
        images_from_zip(content, "my.zip", GREY)


def test_an_empty_zip_has_no_images():
    own = images_from_zip(packed({}), "my.zip", COLOUR)
    assert own.images.shape == (0, 32, 32, 3)


@pytest.mark.parametrize(
    ("allowance", "sentence"),
    [
        (Allowance(num_files=2), "2.png was not opened: this visit has no files left for reading. Reload the page"),
        (Allowance(num_bytes=2 * len(png(0)) + 5), "2.png has 0.0 MB, and this visit has 0.0 left for reading. Reload"),
        (Allowance(num_pixels=2 * 1600), "2.png was not opened: this visit has no pixels left for reading"),
        (Allowance(num_pixels=3 * 1600 - 1), "2.png has 0.0 million pixels, and this visit has 0.0 left for reading"),
    ],
    ids=["files", "bytes", "no pixels", "too few pixels"],
)
def test_what_goes_beyond_the_visits_allowance_is_named_and_not_decoded(monkeypatch, allowance, sentence):
    decoded = []
    monkeypatch.setattr(archives, "prepared_picture", lambda *given: decoded.append(1) or prepared_picture(*given))
    own = images_from_files([(f"{index}.png", lambda: png(0)) for index in range(4)], GREY, allowance)
    assert (len(decoded), own.names) == (2, ("0.png", "1.png"))
    assert own.skipped[0][1].startswith(sentence)
    assert len(own.skipped) == 2


def test_nothing_is_opened_once_the_reading_time_is_used_up():
    own = images_from_files([("a.png", lambda: pytest.fail("it was opened"))], GREY, Allowance(seconds=0))
    assert own.skipped[0][1].startswith("a.png was not opened: this visit has no time left for reading")


def test_one_allowance_holds_for_several_archives_and_counts_what_was_read():
    allowance, files = Allowance(num_files=3), packed({"a.png": png(5), "b.png": png(6)})
    assert images_from_zip(files, "one.zip", GREY, allowance).names == ("a.png", "b.png")
    assert images_from_zip(files, "two.zip", GREY, allowance).names == ("a.png",)
    assert allowance.num_files == 0
    assert allowance.num_pixels == Allowance().num_pixels - 3 * 1600
    assert allowance.num_bytes == Allowance().num_bytes - 2 * len(png(5)) - len(png(6))
    assert 0 < allowance.seconds < Allowance().seconds


def test_hidden_files_of_an_archive_use_up_nothing():
    allowance = Allowance()
    images_from_zip(packed({"__MACOSX/a.png": png(5), ".DS_Store": b"x"}), "my.zip", GREY, allowance)
    assert allowance.num_files == Allowance().num_files


def test_twenty_six_blank_pictures_of_forty_million_pixels_are_not_all_decoded():
    buffer = io.BytesIO()
    Image.new("L", (6300, 6300), 255).save(buffer, "PNG")
    decoded, allowance = [], Allowance()
    for found in read_each([(f"{index}.png", buffer.getvalue) for index in range(26)], GREY, allowance):
        decoded.append(found.image is not None)
    assert sum(decoded) <= 7  # 300 million pixels
    assert not any(decoded[7:])


def test_nothing_is_read_before_it_is_asked_for():
    opened = []
    reading = read_each([(f"{index}.png", lambda: opened.append(1) or png(0)) for index in range(3)], GREY)
    assert opened == []
    next(reading)
    assert opened == [1]


ZIP = packed({"a.png": png(5), "folder/b.png": png(6), "c.txt": b"text"})


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_damage_to_a_zip_gives_pictures_or_a_sentence(data):
    damaged = bytearray(ZIP)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(ZIP) - 1))] = data.draw(st.integers(0, 255))
    try:
        own = images_from_zip(bytes(damaged[: data.draw(st.just(len(ZIP)) | st.integers(0, len(ZIP)))]), "my.zip", GREY)
    except UnreadableArchive as error:
        assert str(error).startswith("my.zip")
    else:
        assert isinstance(own, OwnImages)
        assert own.images.dtype == np.uint8
        assert len(own.images) == len(own.names)
        assert all(sentence.startswith(name) for name, sentence in own.skipped)
