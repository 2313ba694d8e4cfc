"""Every way in which an uploaded file can be wrong, and every mode in which it can be right."""

import io
import struct
import subprocess
import sys
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.data.digits import NoInk, PreparedDigit, digit_from_image
from core.data.pictures.uploads import UnreadableImage, read_image


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture
def digit() -> Image.Image:
    """A black digit on white paper."""
    pixels = np.full((90, 80), 255, np.uint8)
    pixels[15:75, 36:46] = 0
    return Image.fromarray(pixels)


def png_of_size(width: int, height: int) -> bytes:
    """A PNG file of a few bytes whose header promises this size, but with almost no pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = (chunk_of(b"IHDR", header), chunk_of(b"IDAT", zlib.compress(bytes(1000))), chunk_of(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(
    ("kind", "name"), [("PNG", "a.png"), ("JPEG", "a.JPG"), ("WEBP", "a.webp"), ("BMP", "a.bmp"), ("GIF", "a.gif")]
)
def test_every_supported_format_is_read(digit, kind, name):
    assert read_image(encoded(digit, kind), name).size == (80, 90)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "I;16", "YCbCr"])
def test_every_mode_shows_the_same_digit(digit, mode):
    if mode == "I;16":
        image = Image.fromarray(np.asarray(digit).astype(np.uint16) * 257)
    else:
        image = digit.convert("RGB" if mode in ("CMYK", "YCbCr") else "L").convert(mode)
    kind, name = ("JPEG", "a.jpg") if mode in ("CMYK", "YCbCr") else ("PNG", "a.png")
    prepared = digit_from_image(read_image(encoded(image.convert("LA") if mode == "PA" else image, kind), name))
    upright = prepared.image.astype(float)
    assert upright[4:24, 12:16].mean() > 150
    assert upright[:, :9].sum() == upright[:, 19:].sum() == 0


def test_a_palette_with_transparency_is_put_on_a_background(digit):
    image = digit.convert("P")
    content = encoded(image, "PNG", transparency=int(np.asarray(image)[0, 0]))
    assert digit_from_image(read_image(content, "a.png")).image.max() == 255


def chunk_of(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def test_a_palette_that_is_missing_or_too_short_is_a_broken_picture(digit):
    content = encoded(digit.convert("P"), "PNG")
    begin = content.index(b"PLTE") - 4
    end = begin + 12 + int.from_bytes(content[begin : begin + 4], "big")
    # All colours are opaque except the three hundredth, which there is not.
    beyond = content[:end] + chunk_of(b"tRNS", b"\xff" * 299 + b"\0") + content[end:]
    for wrong in (content[:begin] + content[end:], beyond):
        with pytest.raises(UnreadableImage, match=r"a\.png is broken or cut off"):
            read_image(wrong, "a.png")


def test_the_first_frame_of_an_animation_is_read(digit):
    blank = Image.new("L", digit.size, 255)
    content = encoded(digit, "GIF", save_all=True, append_images=[blank, blank])
    assert digit_from_image(read_image(content, "a.gif")).image.max() == 255


def test_a_phones_jpeg_with_a_second_picture_inside_is_a_jpeg(digit):
    content = encoded(digit, "MPO", save_all=True, append_images=[digit.resize((20, 20))])
    assert read_image(content, "a.jpg").size == digit.size


def test_a_photograph_is_rotated_as_its_exif_data_say(digit):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    content = encoded(digit.rotate(90, expand=True), "JPEG", exif=exif, quality=95)
    rows, columns = np.nonzero(digit_from_image(read_image(content, "a.jpg")).image > 128)
    assert np.ptp(rows) > 3 * np.ptp(columns)


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "a.png", "a.png is empty"),
        (b"just text", "a.png", "a.png is no picture that can be read"),
        (b"%PDF-1.7 something", "a.png", "no picture"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "no picture"),
        (b"x" * 20_000_001, "a.png", "a.png has 20 MB; at most 20 MB"),
        (png_of_size(20_000, 20_000), "a.png", "far too many pixels"),
        (png_of_size(9_000, 9_000), "a.png", "9,000 x 9,000 pixels; at most 40 million"),
        (png_of_size(1, 40_000_000), "a.png", "1 x 40,000,000 pixels; a side may have at most 20,000. Cut it"),
        (png_of_size(20_001, 1), "a.png", "20,001 x 1 pixels; a side may have"),
        (png_of_size(2_000, 2_000), "a.png", "broken or cut off"),
    ],
    ids=[
        "empty",
        "text",
        "pdf",
        "header only",
        "too many bytes",
        "20,000 x 20,000",
        "too many pixels",
        "thin",
        "flat",
        "bomb that holds nothing",
    ],
)
def test_each_bad_file_gets_one_sentence_that_names_it(content, name, sentence):
    with pytest.raises(UnreadableImage, match=sentence) as caught:
        read_image(content, name)
    assert str(caught.value).startswith(name)
    assert "\n" not in str(caught.value)


def test_a_thin_picture_of_forty_million_rows_is_refused_without_memory_for_its_rows():
    code = (
        "import resource, sys; from core.data.pictures.uploads import read_image\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: read_image(sys.stdin.buffer.read(), 'a.png')\n"
        "except ValueError: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    content = png_of_size(1, 40_000_000)
    done = subprocess.run([sys.executable, "-c", code], input=content, capture_output=True, check=True)
    assert int(done.stdout) < 20_000  # kilobytes; the rows alone would take 300,000


def test_a_picture_can_be_refused_by_its_number_of_pixels_before_it_is_decoded():
    def refuse(name: str, num_pixels: int) -> None:
        raise UnreadableImage(f"{name} {num_pixels}")

    with pytest.raises(UnreadableImage, match=r"a\.png 4000000"):  # decoded, it would be called broken
        read_image(png_of_size(2_000, 2_000), "a.png", refuse)


def test_a_truncated_jpeg_and_one_that_lies_about_its_type_are_refused(digit):
    content = encoded(digit.resize((400, 400)), "JPEG")
    with pytest.raises(UnreadableImage, match="broken or cut off"):
        read_image(content[: len(content) // 2], "a.jpg")
    with pytest.raises(UnreadableImage, match=r"a\.png is a JPEG file inside, which its name does not say"):
        read_image(content, "a.png")


def test_memory_stays_bounded_for_a_large_photograph():
    content = encoded(Image.effect_noise((6000, 5000), 40).convert("RGB"), "JPEG", quality=30)
    tracemalloc.start()
    image = read_image(content, "a.jpg")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert max(image.size) < 2048  # reduced while it was decoded
    assert peak < 50e6


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("size", [(1, 1), (28, 28), (300, 10)])
def test_a_picture_of_one_grey_level_shows_no_digit(value, size):
    with pytest.raises(NoInk, match="No ink found"):
        digit_from_image(read_image(encoded(Image.new("L", size, value), "PNG"), "a.png"))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    width=st.integers(1, 120), height=st.integers(1, 120), mode=st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA"]),
    seed=st.integers(0, 2**32 - 1), ink=st.floats(0, 1),
)  # fmt: skip
def test_any_pixels_give_a_digit_in_mnists_form_or_a_sentence(width, height, mode, seed, ink):
    rng = np.random.default_rng(seed)
    pixels = np.where(rng.random((height, width)) < ink, rng.integers(0, 256, (height, width)), 255).astype(np.uint8)
    content = encoded(
        Image.fromarray(pixels).convert("RGB").convert(mode if mode != "LA" else "L").convert(mode), "PNG"
    )
    try:
        prepared = digit_from_image(read_image(content, "a.png"))
    except NoInk as error:
        assert str(error).startswith("No ink found")
        return
    assert isinstance(prepared, PreparedDigit)
    assert prepared.image.shape == (28, 28)
    assert prepared.image.dtype == np.uint8
    rows, columns = np.nonzero(prepared.image)
    assert max(np.ptp(rows), np.ptp(columns)) < 20


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    content=st.binary(max_size=300),
    kind=st.sampled_from(["a.png", "a.jpg", "a.gif", "a.bmp", "a.webp"]),
    cut=st.integers(0, 400),
)
def test_any_bytes_give_a_picture_or_a_sentence(content, kind, cut):
    good = encoded(
        Image.new("RGB", (20, 20), "red"),
        {"a.png": "PNG", "a.jpg": "JPEG", "a.gif": "GIF", "a.bmp": "BMP", "a.webp": "WEBP"}[kind],
    )
    for tried in (content, good[:cut] + content, good[: cut // 2] + content + good[cut // 2 + len(content) :]):
        try:
            assert isinstance(read_image(tried, kind), Image.Image)
        except UnreadableImage as error:
            assert kind in str(error)
