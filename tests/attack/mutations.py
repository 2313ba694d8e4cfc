"""Damage to the bytes of a file, at random but from a seed: (random, content, donor) -> damaged content.

Two kinds: damage that knows nothing of the format, and damage below a format's checksums, so that the file still looks whole
from outside. A function of the second kind raises whatever it meets if the content is not of its format.
"""

import gzip
import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

Mutation = Callable[[random.Random, bytes, bytes], bytes]
EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63 - 1, 2**64 - 1)
HEADER = 64  # bytes at the beginning of a file that are damaged more often than others
BOMB = 256 * 2**20  # bytes to which a few kilobytes unpack
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**30, 10**400, 1e308, float("inf"), float("-inf"), float("nan"), 0.5, "", "0", "nan", "²", "\ud800",
    "\0", "../..", "x" * 100_000, "<b>", [], {}, [[]], {"": None}, [1, 2, 3],
)  # fmt: skip
SHAPES = (
    "(0,)",
    "()",
    "(-1,)",
    "(1,)",
    "(3, 2)",
    "(4294967296, 4294967296)",
    "(1000000000000,)",
    "(10, 10000)",
    "None",
)
TYPES = ("|O", "<U9999999", "<f8", "<f2", "<c16", "|S0", "|b1", "<M8[s]", "<i8", "|u1", "|V4", "nonsense")


def flipped(rng: random.Random, content: bytes, donor: bytes) -> bytes:
    """Up to 20 bits turned over."""
    damaged = bytearray(content)
    for _ in range(rng.randint(1, 20) if content else 0):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def cut(rng: random.Random, content: bytes, donor: bytes) -> bytes:
    """The beginning alone."""
    return content[: rng.randint(0, len(content))]


def without(rng: random.Random, content: bytes, donor: bytes) -> bytes:
    """A part left out."""
    first, last = sorted(rng.randint(0, len(content)) for _ in range(2))
    return content[:first] + content[last:]


def doubled(rng: random.Random, content: bytes, donor: bytes) -> bytes:
    """A part repeated."""
    first, last = sorted(rng.randint(0, len(content)) for _ in range(2))
    return content[:last] + content[first:]


def spliced(rng: random.Random, content: bytes, donor: bytes) -> bytes:
    """The beginning of one file and the end of another."""
    return content[: rng.randint(0, len(content))] + donor[rng.randint(0, len(donor)) :]


def extreme(rng: random.Random, content: bytes, donor: bytes) -> bytes:
    """A number of 1 to 8 bytes set to its largest, smallest or a similar value, most often in the header."""
    if not content:
        return content
    damaged = bytearray(content)
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(min(len(content), HEADER if rng.random() < 0.7 else len(content)))
        size = rng.choice((1, 2, 4, 8))
        number = rng.choice(EXTREMES) & (256**size - 1)
        damaged[place : place + size] = number.to_bytes(size, rng.choice(("big", "little")))
    return bytes(damaged)


def emptied(rng: random.Random, content: bytes, donor: bytes) -> bytes:
    """A part filled with one byte."""
    first, last = sorted(rng.randint(0, len(content)) for _ in range(2))
    return content[:first] + bytes([rng.choice((0, 0xFF, 0x20))]) * (last - first) + content[last:]


RAW: tuple[Mutation, ...] = (flipped, cut, without, doubled, spliced, extreme, emptied)


def raw(rng: random.Random, content: bytes, donor: bytes) -> bytes:
    """Any damage that knows nothing of the format."""
    return rng.choice(RAW)(rng, content, donor)


def png(rng: random.Random, content: bytes, donor: bytes) -> bytes:
    """A chunk of a PNG damaged, under a checksum that is right; of the picture's own data, what they unpack to."""
    chunks, place = [], 8
    while place < len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        chunks.append((content[place + 4 : place + 8], content[place + 8 : place + 8 + length]))
        place += 12 + length
    number = rng.randrange(len(chunks))
    kind, data = chunks[number]
    if kind == b"IHDR" and rng.random() < 0.5:  # width and height
        data = struct.pack(">II", *rng.choices((0, 1, 5_000, 20_000, 40_000, 2**31 - 1, 2**32 - 1), k=2)) + data[8:]
    elif kind == b"IDAT" and rng.random() < 0.7:
        data = zlib.compress(raw(rng, zlib.decompress(data), donor))
    else:
        data = raw(rng, data, donor)
    chunks[number] = (rng.choice((kind, kind, kind, b"tRNS", b"PLTE", b"iCCP", b"eXIf", b"zTXt")), data)
    if rng.random() < 0.2:
        rng.shuffle(chunks)
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return content[:8] + b"".join(packed)


def gz(rng: random.Random, content: bytes, donor: bytes) -> bytes:
    """What a gzip file unpacks to damaged, and packed again; seldom very much of it."""
    plain = gzip.decompress(content)
    damaged = bytes(BOMB) if rng.random() < 0.02 else raw(rng, plain, donor)
    return gzip.compress(damaged, 1)


def zipped(rng: random.Random, content: bytes, donor: bytes) -> bytes:
    """A member of a ZIP damaged, and packed again; a name or a size that lies; seldom a member that unpacks to very much."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    number = rng.randrange(len(members))
    name, data = members[number]
    bomb = rng.random() < 0.02
    if bomb:
        data = _many_numbers() if name.endswith(".npy") else bytes(BOMB)
    elif name.endswith(".npy") and rng.random() < 0.7:
        data = npy(rng, data, donor)
    else:
        data = raw(rng, data, donor)
    if rng.random() < 0.1:
        name = rng.choice(("", "/", "../../x.png", "a\0b.png", "C:x.png", name * 300, "\u202egnp.x", "x.png"))
    members[number] = name, data
    if rng.random() < 0.1:
        members.insert(rng.randint(0, len(members)), rng.choice(members))
    if rng.random() < 0.1:
        members.pop(rng.randrange(len(members)))
    packed = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if bomb else rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with zipfile.ZipFile(packed, "w", method, compresslevel=1) as archive:
        written = set()
        for each, data in members:
            if each not in written:  # zipfile warns of a second one
                archive.writestr(zipfile.ZipInfo(each), data, method)
            written.add(each)
    return packed.getvalue()


def npy(rng: random.Random, content: bytes, donor: bytes) -> bytes:
    """The header of a NumPy array with another shape or type, or numbers of extreme value under a whole header."""
    length = 10 + struct.unpack("<H", content[8:10])[0]
    header, data = content[10:length].decode("latin-1"), content[length:]
    match rng.randrange(4):
        case 0:
            before, _, after = header.partition("'shape': ")
            header = before + "'shape': " + rng.choice(SHAPES) + after[after.index(")") + 1 :]
        case 1:
            before, _, after = header.partition("'descr': ")
            header = f"{before}'descr': '{rng.choice(TYPES)}'{after[after.index(',') :]}"
        case 2:
            header = raw(rng, header.encode("latin-1"), donor).decode("latin-1")
        case 3:
            data = _extreme_numbers(rng, data)
    packed = header.encode("latin-1")[: 2**16 - 1]
    return content[:8] + struct.pack("<H", len(packed)) + packed + data


def _many_numbers() -> bytes:
    """An array of zeros that takes much memory."""
    array = io.BytesIO()
    np.save(array, np.zeros((BOMB // 40, 10), np.float32))
    return array.getvalue()


def _extreme_numbers(rng: random.Random, data: bytes) -> bytes:
    number = (
        struct.pack("<f", rng.choice((float("nan"), float("inf"), 3e38, -3e38))) if rng.random() < 0.7 else b"\xff" * 8
    )
    damaged = bytearray(data)
    for _ in range(rng.randint(1, 5)):
        place = rng.randrange(len(data) // 8 or 1) * 8
        damaged[place : place + len(number)] = number
    return bytes(damaged[: len(data)])


def structured(rng: random.Random, content: bytes, donor: bytes) -> bytes:
    """JSON, or a line of JSON lines, in which values have another type or an extreme value, or are missing."""
    text = content.decode()
    lines = text.splitlines() if _has_many(text) else [text]
    number = rng.randrange(len(lines))
    record = json.loads(lines[number])
    for _ in range(rng.randint(1, 3)):
        record = _changed(rng, record)
    changed = json.dumps(record, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")
    if rng.random() < 0.02:
        changed = b"[" * 100_000
    before, after = ("".join(f"{line}\n" for line in part).encode() for part in (lines[:number], lines[number + 1 :]))
    return before + changed + b"\n" + after


def _has_many(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return True
    return False


def _changed(rng: random.Random, value: Any) -> Any:
    """The value with one value inside it, or the value itself, replaced or removed."""
    if not isinstance(value, dict | list) or not value or rng.random() < 0.05:
        return rng.choice(VALUES)
    if isinstance(value, list):
        number = rng.randrange(len(value))
        inside = [_changed(rng, value[number])] if rng.random() < 0.9 else []
        return value[:number] + inside + value[number + 1 :]
    key = rng.choice(list(value))
    if rng.random() < 0.1:
        return {name: each for name, each in value.items() if name != key}
    return value | {key: _changed(rng, value[key])}


def lines(rng: random.Random, content: bytes, donor: bytes) -> bytes:
    """A text in which a word of a line is replaced, or lines change places."""
    rows = content.decode().splitlines()
    number = rng.randrange(len(rows))
    words = rows[number].split(" ")
    words[rng.randrange(len(words))] = rng.choice(
        ("", "-1", "0", "²", "9" * 5000, "\0", "\u2028", "../../x", "nan", "_")
    )
    rows[number] = " ".join(words)
    if rng.random() < 0.2:
        rng.shuffle(rows)
    return "\n".join(rows).encode()


def damaged(rng: random.Random, content: bytes, donor: bytes, own: tuple[Mutation, ...]) -> bytes:
    """The content, damaged once or twice; where the format has damage of its own, mostly that.

    Args:
        rng: where all chance comes from.
        content: of a whole file.
        donor: another file's, from which a part may be taken.
        own: damage that knows the format.
    """
    for _ in range(rng.choice((1, 1, 2))):
        mutation = rng.choice(own) if own and rng.random() < 0.7 else raw
        try:
            content = mutation(rng, content, donor)
        except Exception:  # no longer of its format, after the first damage
            content = raw(rng, content, donor)
    return content
