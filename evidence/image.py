"""Makes of an uploaded picture a new PNG of its pixels alone, so that nothing else of the file is kept.

What a file is, its first bytes decide, never its name. What is wrong with it is said in a sentence of its
own, and the upload itself is nowhere kept.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO

import PIL.Image
from PIL.ImageOps import exif_transpose

SANITISED = "png-reencode/1"
MOST_BYTES = 25 * 1024 * 1024
MOST_PIXELS = 40_000_000
_ALLOWED = "expected a PNG, JPEG or still WebP"
_PICTURE = "take a picture of the screen and upload that"
_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA"}
_WHERE_TEXT_BEGINS = 1_024
_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    KeyError,
    TypeError,
    UserWarning,
    struct.error,
    zlib.error,
)
"""What Pillow's readers raise for a file that is not what its first bytes say; they only warn of broken EXIF,
which is an error where warnings are.
"""
_BOMBS = (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning)


class ImageError(Exception):
    """An upload is not taken: got, expected, the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture whose file holds its pixels and nothing else, and the hash of the upload it was made of."""

    png: bytes = field(repr=False)
    width: int
    height: int
    upload_sha256: str
    sanitised: str = SANITISED


def sanitised(upload: bytes) -> Image:
    """The pixels of an upload as a new PNG; the same pixels give the same bytes. Raises `ImageError`."""
    if not upload:
        raise ImageError("got an empty file, expected a picture; upload it again")
    if len(upload) > MOST_BYTES:
        raise ImageError(
            f"got {len(upload):,} bytes, expected at most {MOST_BYTES:,}; save it smaller, or cut it"
        )
    mode, size, raw = _pixels(upload, _format(upload))
    written = BytesIO()
    PIL.Image.frombytes(mode, size, raw).save(written, "PNG")
    return Image(
        png=written.getvalue(), width=size[0], height=size[1], upload_sha256=sha256(upload).hexdigest()
    )


def _format(upload: bytes) -> str:
    for name, is_one in _FORMATS.items():
        if is_one(upload):
            return name
    for name, is_one, mend in _REFUSED:
        if is_one(upload):
            raise ImageError(f"got {name}, {_ALLOWED}; {mend}")
    raise ImageError(f"got no picture that is known here, {_ALLOWED}; {_PICTURE}")


def _pixels(upload: bytes, name: str) -> tuple[str, tuple[int, int], bytes]:
    """Mode, size and bytes of the picture, the right way up. The mode is RGB or RGBA: bytes of a palette's
    places would have lost the palette.
    """
    try:
        # Told which reader to use, Pillow tries no other. It looks at a size above its own limit only to warn
        # or to refuse; ours is below that, and no pixel is read before it was compared.
        with PIL.Image.open(BytesIO(upload), formats=[name]) as opened:
            _check(opened)
            exif_transpose(opened, in_place=True)
            mode = "RGBA" if opened.has_transparency_data else "RGB"
            plain = opened if opened.mode == mode else opened.convert(mode)
            return mode, plain.size, plain.tobytes()
    except _BOMBS as error:
        raise ImageError(
            f"got far more than {MOST_PIXELS:,} pixels, expected at most that many; save it smaller"
        ) from error
    except _DAMAGED as error:
        raise ImageError(
            f"got a {name} that is cut off or damaged, expected a whole one; upload it again, or {_PICTURE}"
        ) from error


def _check(opened: PIL.Image.Image) -> None:
    width, height = opened.size
    if width * height > MOST_PIXELS:
        raise ImageError(
            f"got {width} × {height} pixels, expected at most {MOST_PIXELS:,}; save it smaller, or cut it"
        )
    # A photograph with a second one beside it (MPO) is a JPEG whose first picture counts.
    if opened.format in {"PNG", "WEBP"} and getattr(opened, "is_animated", False):
        raise ImageError(f"got an animated {opened.format}, expected a still picture; {_PICTURE}")
    if opened.mode not in _MODES:
        raise ImageError(
            f"got a picture of the kind {opened.mode}, expected 8 bits of grey, palette, RGB or RGBA; "
            "save it as an ordinary PNG"
        )


def _is_heic(upload: bytes) -> bool:
    brands = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}
    return upload[4:8] == b"ftyp" and upload[8:12] in brands


def _is_svg(upload: bytes) -> bool:
    begins = upload[:_WHERE_TEXT_BEGINS].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return begins.startswith(b"<svg") or (
        begins.startswith((b"<?xml", b"<!doctype", b"<!--")) and b"<svg" in begins
    )


_FORMATS: dict[str, Callable[[bytes], bool]] = {
    "PNG": lambda upload: upload.startswith(b"\x89PNG\r\n\x1a\n"),
    "JPEG": lambda upload: upload.startswith(b"\xff\xd8\xff"),
    "WEBP": lambda upload: upload.startswith(b"RIFF") and upload[8:12] == b"WEBP",
}
_REFUSED: tuple[tuple[str, Callable[[bytes], bool], str], ...] = (
    ("a PDF", lambda upload: b"%PDF-" in upload[:_WHERE_TEXT_BEGINS], _PICTURE),
    ("a HEIC or AVIF photograph", _is_heic, "save it as JPEG or PNG"),
    ("an SVG, which is a program", _is_svg, _PICTURE),
    ("a GIF, which may move", lambda upload: upload.startswith(b"GIF8"), "save it as PNG"),
    ("a TIFF", lambda upload: upload.startswith((b"II*\0", b"MM\0*")), "save it as PNG"),
    ("a BMP", lambda upload: upload.startswith(b"BM"), "save it as PNG"),
)
