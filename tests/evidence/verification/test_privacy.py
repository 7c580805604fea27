"""What must never be kept is found again: secrets by the gate that let them in, words beside pixels."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from evidence import redaction
from evidence.canonical import written as spelled
from evidence.keys import Keys
from evidence.record import Kind, Redaction
from evidence.verification import privacy
from evidence.verification.report import Code, Exit, Report, Severity
from tests.evidence.auditing import Auditor, written
from tests.evidence.authority import Authority
from tests.evidence.sealed import PNG, Sealed, png, tell_on

SECRET = spelled({"note": "buyer@example.com"})


@pytest.fixture
def judged(keys: Keys, authorities: tuple[Authority, ...], bundle: Path) -> Callable[..., Report]:
    """What an auditor is told of a log with this blob in it."""

    def judge(blob: bytes, *, media: str = "application/json", gate: str = redaction.GATE_VERSION) -> Report:
        sealed = Sealed(keys=keys, authorities=authorities)
        sealed.begin()
        sealed.add(Kind.COMMAND, blob, media=media, gate=Redaction(policy="x/1", gate=gate))
        tell_on(sealed)
        return Auditor.of(sealed).verify(written(sealed, bundle))

    return judge


def _found(report: Report) -> list[tuple[Severity, Code, int | None]]:
    return [(one.severity, one.code, one.record) for one in report.findings if one.step == 8]


def test_a_secret_that_the_gate_should_have_stopped_fails_and_is_not_repeated(
    judged: Callable[..., Report],
) -> None:
    report = judged(SECRET)

    assert (Exit.FAILED, [(Severity.FAIL, Code.SECRET, 3)]) == (report.exit, _found(report))
    assert "holds a e-mail address" in report.text()
    assert "buyer" not in report.text()


@pytest.mark.parametrize("media", ["text/plain", "text/csv", "application/toml", "application/octet-stream"])
def test_whatever_it_is_called_a_text_is_looked_into(judged: Callable[..., Report], media: str) -> None:
    assert [(Severity.FAIL, Code.SECRET, 3)] == _found(judged(SECRET, media=media))


def test_what_is_no_text_is_a_gap(judged: Callable[..., Report]) -> None:
    report = judged(b"\xff\xfe\x00", media="application/octet-stream")

    assert (Exit.GAPS, [(Severity.GAP, Code.GATE, 3)]) == (report.exit, _found(report))


def test_a_text_that_is_too_long_is_a_gap(
    judged: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy, "MOST_TEXT", 2_000)

    assert [(Severity.GAP, Code.GATE, 3)] == _found(judged(b"x" * 2_001, media="text/plain"))


def test_a_gate_that_this_golive_does_not_have_is_a_gap_and_its_own_gate_warns(
    judged: Callable[..., Report],
) -> None:
    report = judged(SECRET, gate="secrets/99")

    assert Exit.GAPS == report.exit
    assert [(Severity.GAP, Code.GATE, 3), (Severity.NOTE, Code.SECRET, 3)] == _found(report)


def test_what_only_a_newer_gate_finds_is_a_warning(
    judged: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy, "GATES", {**redaction.GATES, "secrets/0": lambda _: None})

    report = judged(SECRET, gate="secrets/0")

    assert (Exit.VERIFIED, [(Severity.NOTE, Code.SECRET, 3)]) == (report.exit, _found(report))


def _with_text() -> bytes:
    words = PngInfo()
    words.add_text("Author", "somebody")
    out = io.BytesIO()
    Image.new("RGB", (2, 2)).save(out, PNG.removeprefix("image/"), pnginfo=words)
    return out.getvalue()


def _with_chunk(kind: bytes) -> bytes:
    whole = png()
    body = kind + b"x"
    return whole[:33] + struct.pack(">L", 1) + body + struct.pack(">L", zlib.crc32(body)) + whole[33:]


def _jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (2, 2)).save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("image", "told"),
    [
        (_with_text(), "holds b'tEXt'"),
        (_with_chunk(b"eXIf"), "holds b'eXIf'"),
        (_with_chunk(b"IHDR"), "holds b'IHDR'"),
        (png() + b"PK\x03\x04", "something hides behind it"),
        (png()[:-1], "is cut off"),
        (png()[:-12], "is cut off"),
        (_jpeg(), "is no PNG"),
        (b"", "is no PNG"),
    ],
)
def test_an_image_holds_pixels_alone(judged: Callable[..., Report], image: bytes, told: str) -> None:
    report = judged(image, media=PNG)

    assert (Exit.FAILED, [(Severity.FAIL, Code.CHUNK, 3)]) == (report.exit, _found(report))
    assert told in report.text()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
def test_an_image_of_any_kind_of_pixels_passes(judged: Callable[..., Report], mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (9, 9)).save(out, "PNG")

    assert [] == _found(judged(out.getvalue(), media=PNG))


def test_another_kind_of_image_is_refused(judged: Callable[..., Report]) -> None:
    assert [(Severity.FAIL, Code.CHUNK, 3)] == _found(judged(_jpeg(), media="image/jpeg"))


def test_the_small_program_says_that_it_does_not_look(
    judged: Callable[..., Report], launch: Sealed, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judged(SECRET)
    auditor = replace(Auditor.of(launch), receipts=())

    auditor.verify_min(bundle)

    assert "not looked at: what the plan asks of a decision (7), secrets (8)" in capsys.readouterr().out
