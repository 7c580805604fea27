"""People hand pictures in and look at each other's; what is not taken leaves nothing behind."""

from __future__ import annotations

import asyncio
import io
import resource
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from zipfile import ZipFile

import pytest
from PIL import Image, PngImagePlugin

from dashboard.launch.evidence_view import Attest
from dashboard.launch.plan import RoleKind
from dashboard.launch.plan_evidence import EvidenceItem
from dashboard.launch.proof import ItemState, Standing
from dashboard.launch.scene import Act
from dashboard.room import RefusedError
from dashboard.sealing.desk import Shot
from dashboard.wiring.sealing import _step
from evidence.contents import Erasure, told
from evidence.image import MOST_BYTES
from evidence.record import Kind
from evidence.verification.report import Code, Severity
from tests.cast import person
from tests.dashboard.sealing.scene import COORDINATOR, FINANCE, WHOLE, Launch, png
from tests.dashboard.store.logs import draft
from tests.evidence.planted import PLANTED

ITEM = "stripe_page"
API_LEAD = person("api_lead", RoleKind.LEAD)
CEO = person("ceo", RoleKind.CEO)


@pytest.fixture
def open_launch(launch: Launch) -> Launch:
    """T+46: pictures are taken, and the log has begun."""
    launch.sealer()
    launch.at(0)
    launch.start()
    launch.at(46)
    return launch


def standing(launch: Launch, item: str = ITEM) -> Standing:
    return next(each for each in launch.room().panel(FINANCE).standings if item == each.item.id)


def kept(launch: Launch) -> tuple[list[str], list[str]]:
    """The names of all records and of all blobs."""
    return launch.names(), sorted(file.name for file in launch.blobs.folder.rglob("*") if file.is_file())


def refused(launch: Launch, upload: bytes, *, item: str = ITEM, attest: Attest = WHOLE) -> str:
    """The sentence for whoever hands it in, after which nothing is there that was not before."""
    before = kept(launch)
    with pytest.raises(RefusedError) as caught:
        launch.room().hand_in(COORDINATOR, item, upload, attest)
    assert before == kept(launch)
    return str(caught.value)


# ---------------------------------------------------------------- handing in


def test_a_picture_is_taken_as_its_pixels_alone_and_says_who_stood_for_what(open_launch: Launch) -> None:
    upload = png()
    taken = open_launch.room().hand_in(COORDINATOR, ITEM, upload, WHOLE)

    record = open_launch.records()[taken.index]
    assert (Kind.SCREENSHOT, (ITEM,), "coordinator", 86_400) == (
        record.predicate.kind,
        record.predicate.controls,
        record.predicate.actor.role,
        record.predicate.valid_for_s,
    )
    assert sha256(upload).hexdigest() == record.predicate.data["upload_sha256"]
    assert {"date_visible", "system_visible", "whole_screen", "no_personal_data"} == set(
        record.predicate.data["attest"]
    )
    assert all(record.predicate.data["attest"].values())
    picture = open_launch.room().blob(FINANCE, record.subject[0].digest.sha256)
    assert (8, 6) == Image.open(io.BytesIO(picture or b"")).size
    assert ItemState.IN_REVIEW is standing(open_launch).state


@pytest.mark.parametrize("missing", ["date_visible", "system_visible", "whole_screen", "no_personal_data"])
def test_a_picture_that_nobody_wholly_stands_for_is_not_taken(open_launch: Launch, missing: str) -> None:
    said = refused(open_launch, png(), attest=replace(WHOLE, **{missing: False}))

    assert "All four must hold before a picture is taken: date, system, screen, no person." == said


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ("stripe_charge", "“Stripe: the charge” is no picture; golive captures it"),
        ("nothing", 'There is no item "nothing" in this plan; there are stripe_page, credits_page, '),
    ],
)
def test_a_picture_is_for_an_item_that_takes_one(open_launch: Launch, item: str, says: str) -> None:
    assert says in refused(open_launch, png(), item=item)


def test_after_the_close_nothing_is_taken(open_launch: Launch) -> None:
    open_launch.judge()
    open_launch.act(COORDINATOR, Act.CLOSE, reason="all is done")
    open_launch.sealer().step()

    assert "the evidence of this run is closed" in refused(open_launch, png())


def test_after_the_close_nothing_is_open_and_nothing_waits(open_launch: Launch) -> None:
    open_launch.hand_in(ITEM)
    before = standing(open_launch).state, standing(open_launch, "receipt").state
    open_launch.act(COORDINATOR, Act.CLOSE, reason="all is done")
    open_launch.sealer().step()
    picture, receipt = standing(open_launch), standing(open_launch, "receipt")

    assert (ItemState.IN_REVIEW, ItemState.OPEN) == before
    assert (ItemState.UNREVIEWED, ItemState.MISSING) == (picture.state, receipt.state)
    assert not any(each.is_open or each.still_can for each in (picture, receipt))


def test_what_is_handed_in_too_late_is_kept_and_counts_for_nothing(open_launch: Launch) -> None:
    open_launch.at(61)
    taken = open_launch.hand_in(ITEM)
    open_launch.room().review(FINANCE, taken.index, accepted=True)

    assert (ItemState.LATE, False) == (standing(open_launch).state, standing(open_launch).counts)


def test_a_second_picture_is_kept_beside_the_first(open_launch: Launch) -> None:
    first = open_launch.hand_in(ITEM)
    open_launch.wait()
    second = open_launch.hand_in(ITEM)

    assert (second, (first,)) == (standing(open_launch).capture, standing(open_launch).others)


# ---------------------------------------------------------------- taking a page


def shot(status: int = 200) -> Shot:
    return Shot(
        png=png("page"),
        url="http://127.0.0.1/credits",
        status=status,
        http_date="Tue, 24 Nov 2026 12:11:00 GMT",
        browser="Chromium 140",
        masked_regions=1,
    )


def test_a_page_is_taken_with_what_its_server_said_beside_it(open_launch: Launch) -> None:
    asked: list[EvidenceItem] = []

    def shoot(item: EvidenceItem) -> Shot:
        asked.append(item)
        return shot()

    taken = replace(open_launch.room(), shoot=shoot).take_page(COORDINATOR, "credits_page")

    said = open_launch.records()[taken.index].predicate
    assert ["/wallet/{user}"] == [each.page.path for each in asked if each.page is not None]
    assert ("page capture", "http://127.0.0.1/credits", 1) == (
        said.method.how,
        said.source.url,
        said.redaction.masked_regions,
    )
    assert (200, "Chromium 140") == (said.data["status"], said.data["browser"])


@pytest.mark.parametrize(
    ("item", "status", "says"),
    [
        ("credits_page", 503, "The page http://127.0.0.1/credits answered 503"),
        (ITEM, 200, "The plan names no page for “Stripe Dashboard"),
    ],
)
def test_a_page_that_does_not_show_is_not_taken(
    open_launch: Launch, item: str, status: int, says: str
) -> None:
    before = kept(open_launch)
    with pytest.raises(RefusedError, match=says):
        replace(open_launch.room(), shoot=lambda _: shot(status)).take_page(COORDINATOR, item)
    assert before == kept(open_launch)


def test_without_a_browser_no_page_is_taken(open_launch: Launch) -> None:
    with pytest.raises(RefusedError, match="golive takes no pictures here"):
        open_launch.room().take_page(COORDINATOR, "credits_page")


# ---------------------------------------------------------------- looking at each other's


def test_whoever_handed_it_in_cannot_review_it(open_launch: Launch) -> None:
    taken = open_launch.hand_in(ITEM)
    before = kept(open_launch)

    with pytest.raises(RefusedError, match="somebody else has to look"):
        open_launch.room().review(COORDINATOR, taken.index, accepted=True)

    assert before == kept(open_launch)
    open_launch.room().review(FINANCE, taken.index, accepted=True)
    assert standing(open_launch).counts


def test_a_refusal_needs_a_reason_and_is_shown_with_it(open_launch: Launch) -> None:
    taken, room = open_launch.hand_in(ITEM), open_launch.room()

    with pytest.raises(RefusedError, match="To refuse a picture needs a reason"):
        room.review(FINANCE, taken.index, accepted=False, reason="  ")
    room.review(FINANCE, taken.index, accepted=False, reason=" the date is cut off ")

    found = standing(open_launch)
    assert ItemState.REFUSED is found.state
    assert found.review is not None
    assert ("the date is cut off", "finance") == (found.review.reason, found.review.role)


def test_nobody_reviews_a_picture_twice_and_the_newest_word_of_anybody_counts(open_launch: Launch) -> None:
    taken, room = open_launch.hand_in(ITEM), open_launch.room()
    room.review(FINANCE, taken.index, accepted=False, reason="the date is cut off")

    for accepted in (True, False):
        with pytest.raises(RefusedError, match="You have reviewed this picture already"):
            room.review(FINANCE, taken.index, accepted=accepted, reason="on second thought")
    assert ItemState.REFUSED is standing(open_launch).state
    room.review(API_LEAD, taken.index, accepted=True)
    assert standing(open_launch).counts
    room.review(CEO, taken.index, accepted=False, reason="it is another account")
    assert ItemState.REFUSED is standing(open_launch).state


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("x" * 201, "got a reason of 201 characters".capitalize()),
        ("two\nlines", "a character that is not seen"),
        ("ask buyer@example.com", 'what the gate calls "e-mail address"'),
    ],
)
def test_a_reason_is_short_one_line_and_holds_no_secret(open_launch: Launch, reason: str, says: str) -> None:
    taken = open_launch.hand_in(ITEM)
    before = kept(open_launch)

    with pytest.raises(RefusedError, match=says):
        open_launch.room().review(FINANCE, taken.index, accepted=False, reason=reason)
    assert before == kept(open_launch)


def test_only_a_picture_is_reviewed(open_launch: Launch) -> None:
    open_launch.read_endpoint()
    open_launch.sealer().step()
    index = open_launch.names().index("item/stripe_endpoint/1")

    for number in (0, index, 999):
        with pytest.raises(RefusedError, match=f"Record {number} is no picture that is reviewed"):
            open_launch.room().review(FINANCE, number, accepted=True)


def test_what_was_erased_is_said_to_be_and_the_bundle_still_verifies(open_launch: Launch) -> None:
    taken = open_launch.hand_in(ITEM)
    open_launch.room().review(FINANCE, taken.index, accepted=True)
    blob = taken.blobs[0].sha256
    said = told(Erasure(blob=blob, reason_code="subject-request"))
    word = open_launch.blobs.put(b"{}")
    log = open_launch.room()._desk().log
    log.append([draft("erasure/1", word, kind=Kind.ERASURE, data=said)], open_launch.now)
    open_launch.blobs.erase(blob)

    assert (ItemState.ERASED, False) == (standing(open_launch).state, standing(open_launch).counts)
    assert open_launch.room().blob(FINANCE, blob) is None
    codes = {each.code for each in open_launch.verified(is_open=True).findings}
    assert Code.BLOB not in codes


# ---------------------------------------------------------------- what nobody should hand in


def _polyglot() -> bytes:
    """A PNG with a ZIP behind its end, and a key in that."""
    tail = io.BytesIO()
    with ZipFile(tail, "w") as packed:
        packed.writestr("key.txt", "sk_live_rehearsal_51abcDEF")
    return png() + tail.getvalue()


def _with_words(text: str) -> bytes:
    """A picture with this text in its chunks, its EXIF and behind its end."""
    said, out = PngImagePlugin.PngInfo(), io.BytesIO()
    said.add_text("Comment", text)
    said.add_itxt("Author", text)
    exif = Image.Exif()
    exif[0x010E] = text
    Image.new("RGB", (8, 6)).save(out, "PNG", pnginfo=said, exif=exif)
    return out.getvalue() + text.encode()


@pytest.mark.parametrize("text", ["", *PLANTED])
def test_nothing_of_a_picture_s_file_is_kept_but_its_pixels(open_launch: Launch, text: str) -> None:
    upload = _with_words(text) if text else _polyglot()
    taken = open_launch.room().hand_in(COORDINATOR, ITEM, upload, WHOLE)

    picture = open_launch.room().blob(FINANCE, taken.blobs[0].sha256) or b""
    assert (text or "sk_live").encode() not in picture
    assert not {b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"PK"} & {
        picture[at : at + 4] for at in range(len(picture))
    }
    assert picture.endswith(b"IEND\xaeB`\x82")


def _bomb() -> bytes:
    """20,000 by 20,000 pixels in a few bytes."""
    rows = zlib.compress(b"\0" * 20_000, 9)
    head = b"\0\0N \0\0N \x08\0\0\0\0"
    chunks = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4) for name, data in chunks
    )


def _animated() -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (4, 4), (shade, 0, 0)) for shade in (0, 200)]
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    return out.getvalue()


@pytest.mark.parametrize(
    ("upload", "says"),
    [
        (b"", "Got an empty file, expected a picture"),
        (_bomb(), "expected at most"),
        (_animated(), "Got an animated PNG"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 20, "Got a HEIC or AVIF photograph"),
        (b"%PDF-1.7\n", "Got a PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Got an SVG, which is a program"),
        (png()[:40], "cut off or damaged"),
        (b"sk_live_rehearsal_51abcDEF", "Got no picture that is known here"),
    ],
    ids=["empty", "bomb", "animated", "heic", "pdf", "svg", "cut off", "text"],
)
def test_what_is_no_picture_is_refused_in_a_sentence(open_launch: Launch, upload: bytes, says: str) -> None:
    assert says in refused(open_launch, upload)


def test_an_upload_of_200_megabytes_is_refused_for_its_size(open_launch: Launch) -> None:
    assert f"Got 200,000,000 bytes, expected at most {MOST_BYTES:,}" in refused(
        open_launch, png() + bytes(200_000_000 - len(png()))
    )


# ---------------------------------------------------------------- a full disk


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """No file may grow beyond so many bytes, as far as this process is concerned."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_on_a_full_disk_nothing_is_taken_and_nothing_is_lost(open_launch: Launch) -> None:
    open_launch.hand_in(ITEM)
    before, room = kept(open_launch), open_launch.room()
    with full_disk(room=64):
        with pytest.raises(RefusedError, match="nothing was kept, make room there and do it again"):
            room.hand_in(COORDINATOR, ITEM, png("another"), WHOLE)
        with pytest.raises(RefusedError, match="nothing was signed, make room there and do it again"):
            room.bundle(COORDINATOR)
    assert before == kept(open_launch)

    room.bundle(COORDINATOR).close()  # its head is there now
    with full_disk(room=4_096), pytest.raises(RefusedError, match="There is no room for the bundle"):
        room.bundle(COORDINATOR)
    again = open_launch.hand_in("credits_page")

    assert [*before[0], open_launch.names()[again.index]] == open_launch.names()
    assert [] == list(open_launch.blobs.damaged())
    assert [Code.NO_ROOT, Code.NO_RECEIPT] == [
        each.code for each in open_launch.verified(is_open=True).findings if each.severity is Severity.CAP
    ]


def test_a_database_without_room_takes_no_picture_and_says_so(open_launch: Launch) -> None:
    picture = open_launch.room().look_over(COORDINATOR, png("another"))
    open_launch.blobs.put(picture.png)
    before = kept(open_launch)
    with full_disk(room=len(picture.png)), pytest.raises(RefusedError, match="it has no room until"):
        open_launch.room().hand_in(COORDINATOR, ITEM, png("another"), WHOLE)

    assert before == kept(open_launch)
    assert open_launch.hand_in(ITEM).index == len(before[0])


def test_while_there_is_no_room_sealing_waits_and_goes_on_afterwards(
    open_launch: Launch, caplog: pytest.LogCaptureFixture
) -> None:
    open_launch.judge()
    open_launch.act(CEO, Act.DECIDE, "NO_GO", reason="it is red")
    sealer, before = open_launch.sealer(), open_launch.names()
    with full_disk(room=64):
        asyncio.run(_step(sealer))
    assert before == open_launch.names()
    assert "evidence waits: got 'File too large'" in caplog.text

    asyncio.run(_step(sealer))
    assert "decision/2" == open_launch.names()[-1]
