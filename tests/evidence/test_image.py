"""Of an uploaded picture nothing but its pixels is kept, and what is no still picture is refused by name."""

from __future__ import annotations

import random
import struct
import zlib
from hashlib import sha256
from io import BytesIO
from zipfile import ZipFile

import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL.PngImagePlugin import PngInfo

from evidence.image import MOST_BYTES, MOST_PIXELS, ImageError, sanitised

CANARY = "canary-sk_live_rehearsal_51abcDEF"
ORIENTATION = 0x0112
SIZE = (6, 4)


def _picture(mode: str = "RGB") -> PIL.Image.Image:
    return PIL.Image.frombytes("RGB", SIZE, random.Random(7).randbytes(3 * 6 * 4)).convert(mode)


def _file(image: PIL.Image.Image, form: str = "PNG", **more: object) -> bytes:
    written = BytesIO()
    image.save(written, form, **more)
    return written.getvalue()


def _pixels(png: bytes, mode: str = "RGBA") -> bytes:
    with PIL.Image.open(BytesIO(png)) as image:
        return image.convert(mode).tobytes()


def _chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 8
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        found.append((name, png[at + 8 : at + 8 + length]))
        at += length + 12
    return found


def _png(header: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A file of these chunks, right in all but what they say."""
    parts = ((b"IHDR", header), *chunks, (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


def _exif(orientation: int = 1) -> bytes:
    exif = PIL.Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010E] = CANARY
    return exif.tobytes()


def _texts() -> PngInfo:
    told = PngInfo()
    told.add_text("Comment", CANARY)
    told.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta>{CANARY}</x:xmpmeta>")
    return told


def _polyglot() -> bytes:
    hidden = BytesIO(_file(_picture()))
    hidden.seek(0, 2)
    with ZipFile(hidden, "a") as archive:
        archive.writestr("key.txt", CANARY)
    return hidden.getvalue()


LOADED = {
    "EXIF": _file(_picture(), exif=_exif()),
    "text and XMP": _file(_picture(), pnginfo=_texts()),
    "ICC": _file(_picture(), icc_profile=CANARY.encode() * 9),
    "a PNG that is a ZIP too": _polyglot(),
    "bytes after the end": _file(_picture()) + CANARY.encode(),
    "JPEG with EXIF, comment and XMP": _file(
        _picture(), "JPEG", exif=_exif(), comment=CANARY.encode(), xmp=CANARY.encode()
    ),
    "WebP with EXIF and XMP": _file(_picture(), "WEBP", exif=_exif(), xmp=CANARY.encode(), lossless=True),
}


@pytest.mark.parametrize("name", LOADED)
def test_nothing_but_pixels_survives(name: str) -> None:
    upload = LOADED[name]
    assert CANARY.encode() in upload or name in {"ICC", "EXIF"}

    image = sanitised(upload)

    assert {b"IHDR", b"IDAT", b"IEND"} == {chunk for chunk, _ in _chunks(image.png)}
    assert CANARY.encode() not in image.png
    assert _pixels(upload) == _pixels(image.png)
    assert (SIZE, sha256(upload).hexdigest()) == ((image.width, image.height), image.upload_sha256)
    assert "png-reencode/1" == image.sanitised


def test_a_zip_behind_the_picture_is_gone() -> None:
    with ZipFile(BytesIO(_polyglot())) as archive:
        assert CANARY.encode() == archive.read("key.txt")

    assert b"PK" not in sanitised(_polyglot()).png


def test_the_same_pixels_give_the_same_bytes_whatever_they_came_in() -> None:
    lossless = [upload for name, upload in LOADED.items() if "JPEG" not in name]

    assert 1 == len({sanitised(upload).png for upload in lossless})
    assert sanitised(LOADED["EXIF"]).png == sanitised(sanitised(LOADED["EXIF"]).png).png


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_kind_of_picture_keeps_its_colours(mode: str) -> None:
    upload = _file(_picture(mode))

    assert _pixels(upload) == _pixels(sanitised(upload).png)


@pytest.mark.parametrize(
    ("mode", "clear"), [("P", 3), ("P", bytes(range(256))), ("L", 70), ("RGB", (1, 2, 3))]
)
def test_what_can_be_seen_through_stays_so(mode: str, clear: object) -> None:
    picture = _picture(mode)
    picture.putpixel((0, 0), clear if isinstance(clear, int | tuple) else 3)
    upload = _file(picture, transparency=clear)

    image = sanitised(upload)

    assert _pixels(upload) == _pixels(image.png)
    assert min(_pixels(image.png)[3::4]) < 255


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_that_says_how_it_lies_is_turned_the_right_way_up(form: str, orientation: int) -> None:
    picture = PIL.Image.new("RGB", (32, 16), "white")
    picture.paste("black", (0, 0, 16, 8))
    corners = {1: "tl", 2: "tr", 3: "br", 4: "bl", 5: "tl", 6: "tr", 7: "br", 8: "bl"}

    image = sanitised(_file(picture, form, exif=_exif(orientation)))

    assert ((32, 16) if orientation < 5 else (16, 32)) == (image.width, image.height)
    with PIL.Image.open(BytesIO(image.png)) as upright:
        ends = {"tl": (1, 1), "tr": (-2, 1), "bl": (1, -2), "br": (-2, -2)}
        grey = upright.convert("L").tobytes()
        dark = [
            name
            for name, (x, y) in ends.items()
            if grey[y % image.height * image.width + x % image.width] < 128
        ]
    assert [corners[orientation]] == dark


def _animated(form: str) -> bytes:
    more = {"save_all": True, "append_images": [PIL.Image.new("RGB", SIZE, "red")], "duration": 50}
    return _file(_picture(), form, **more)


REFUSED = {
    "empty": (b"", "empty file"),
    "text": (b"hello", "no picture that is known here"),
    "PDF": (b"%PDF-1.7\n1 0 obj", "got a PDF"),
    "PDF behind a header": (b"\0" * 9 + b"%PDF-1.4", "got a PDF"),
    "HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "got a HEIC"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "got an SVG"),
    "SVG behind a prologue": (b'\xef\xbb\xbf<?xml version="1.0"?>\n<SVG/>', "got an SVG"),
    "GIF": (_file(_picture(), "GIF"), "got a GIF"),
    "animated GIF": (_animated("GIF"), "got a GIF"),
    "animated PNG": (_animated("PNG"), "an animated PNG"),
    "animated WebP": (_animated("WEBP"), "an animated WEBP"),
    "TIFF": (_file(_picture(), "TIFF"), "got a TIFF"),
    "BMP": (_file(_picture(), "BMP"), "got a BMP"),
    "too many bytes": (b"\x89PNG\r\n\x1a\n" + bytes(MOST_BYTES), f"expected at most {MOST_BYTES:,}"),
    "16 bits of grey": (_file(PIL.Image.new("I;16", SIZE)), "the kind I;16"),
    "CMYK": (_file(_picture("CMYK"), "JPEG"), "the kind CMYK"),
    "cut PNG": (_file(_picture())[:-40], "cut off or damaged"),
    "cut JPEG": (_file(_picture(), "JPEG")[:-20], "cut off or damaged"),
    "cut WebP": (_file(_picture(), "WEBP")[:-20], "cut off or damaged"),
    "PNG by its first bytes alone": (b"\x89PNG\r\n\x1a\n%PDF-1.7", "cut off or damaged"),
    "JPEG by its first bytes alone": (b"\xff\xd8\xff<svg/>", "cut off or damaged"),
    "PNG of no pixels": (_png(struct.pack(">IIBBBBB", 0, 0, 8, 2, 0, 0, 0)), "cut off or damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_anything_else_is_refused_in_a_sentence_with_the_mend(name: str) -> None:
    upload, said = REFUSED[name]

    with pytest.raises(ImageError, match=r"^got .* expected .*; \w") as refused:
        sanitised(upload)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("width", "height"), [(8_000, 5_001), (8_000, 8_000), (10_000, 10_000), (20_000, 20_000), (65_500, 1_000)]
)
def test_more_pixels_than_the_cap_are_refused_before_any_is_read(width: int, height: int) -> None:
    assert width * height > MOST_PIXELS
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    with pytest.raises(ImageError, match=f"{MOST_PIXELS:,}"):
        sanitised(_png(header, (b"IDAT", zlib.compress(b"never read"))))


def test_as_many_pixels_as_the_cap_are_taken() -> None:
    image = sanitised(_file(PIL.Image.new("1", (8_000, MOST_PIXELS // 8_000))))

    assert (8_000, 5_000) == (image.width, image.height)


def test_16_bits_of_colour_are_taken_as_the_8_that_a_screen_shows() -> None:
    header = struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0)
    row = b"\0" + bytes.fromhex("12ff 80ff ffff")

    image = sanitised(_png(header, (b"IDAT", zlib.compress(row))))

    assert bytes.fromhex("1280ff") == _pixels(image.png, "RGB")


def test_pillow_is_left_as_it_was() -> None:
    before = PIL.Image.MAX_IMAGE_PIXELS
    sanitised(LOADED["EXIF"])

    assert before == PIL.Image.MAX_IMAGE_PIXELS


@given(
    name=st.sampled_from(sorted(LOADED)),
    changes=st.lists(st.tuples(st.integers(0, 4_000), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 4_000),
)
def test_a_damaged_file_is_refused_by_our_own_error_or_comes_out_clean(
    name: str, changes: list[tuple[int, int]], cut: int
) -> None:
    upload = bytearray(LOADED[name])
    for at, byte in changes:
        upload[at % len(upload)] = byte
    del upload[cut or len(upload) :]

    try:
        image = sanitised(bytes(upload))
    except ImageError:
        return
    assert {b"IHDR", b"IDAT", b"IEND"} == {chunk for chunk, _ in _chunks(image.png)}
