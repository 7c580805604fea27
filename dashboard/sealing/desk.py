"""Where people hand evidence in and take it out: pictures, reviews, receipts and the bundle of a run.

Everything that is handed in goes through the gate before anything of it is kept; what is acknowledged is on
disk, and in the log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final

from dashboard.access import Person
from dashboard.launch import refusing
from dashboard.launch.evidence_view import Attest
from dashboard.launch.plan import Plan
from dashboard.launch.plan_evidence import EvidenceItem, ItemKind
from dashboard.launch.proof import Capture, Standing, closed
from dashboard.launch.run import fold
from dashboard.sealing.commanding import Commanded, Ran, command_draft, gated_words, passed
from dashboard.sealing.drafts import TOOL, Of, json_subject, redaction
from dashboard.sealing.reading import KnownItems
from dashboard.sealing.standing import KeptStandings
from dashboard.store.store import Store
from dashboard.store.values import Run
from evidence.blobs import Blobs
from evidence.canonical import written
from evidence.contents import Cited, Review, told
from evidence.image import Image, sanitised
from evidence.intake import reason as gated
from evidence.log import Log
from evidence.record import Actor, Digest, Draft, Kind, Method, MethodType, Subject, time_text

PNG: Final = "image/png"
HTTP_OK: Final = 200
UPLOAD_POLICY: Final = "png-pixels/1"


class DeskError(Exception):
    """What a person hands in is not taken: one sentence for that person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A page's picture as golive took it. `http_date` is what the page's server called the time."""

    png: bytes = field(repr=False)
    url: str
    status: int
    http_date: str
    browser: str
    masked_regions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceDesk:
    """The desk of one run. Every method raises `StoreError`, and those that write `BlobError` too."""

    store: Store
    run: Run
    plan: Plan
    log: Log
    blobs: Blobs
    clock: Callable[[], datetime]
    known: KnownItems = field(compare=False)
    _kept: KeptStandings | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if self.plan.evidence is not None:
            object.__setattr__(self, "_kept", KeptStandings(self.plan.evidence))

    def standings(self) -> Sequence[Standing]:
        """How each item of the plan stands now."""
        if self._kept is None:
            return ()
        state, tip = fold(self.store.events(self.run.id)), self.store.evidence.tip(self.run.id)
        found = self._kept.of(self.known.known(), state.clocks, self.clock())
        return tuple(map(closed, found)) if tip is not None and tip.is_closed else found

    def hand_in(self, person: Person, item_id: str, upload: bytes, attest: Attest) -> Capture:
        """Take a picture for an item. Raises `DeskError` and `ImageError`; then nothing is kept of it."""
        item = self._item(item_id)
        if item.kind is not ItemKind.SCREENSHOT:
            raise DeskError(f"“{item.title}” is no picture; golive captures it, or a command shows it.")
        if not attest.is_whole:
            raise DeskError("All four must hold before a picture is taken: date, system, screen, no person.")
        image = sanitised(upload)
        return self._keep_picture(
            person,
            item,
            image,
            how="upload",
            data={"upload_sha256": image.upload_sha256, "attest": _attested(attest)},
        )

    def take_page(self, person: Person, item_id: str, shoot: Callable[[EvidenceItem], Shot]) -> Capture:
        """Take the picture of an item's page. Raises `DeskError` where it has none or does not show."""
        item = self._item(item_id)
        if item.page is None:
            raise DeskError(f"The plan names no page for “{item.title}”; hand a picture in.")
        shot = shoot(item)
        if shot.status != HTTP_OK:
            raise DeskError(f"The page {shot.url} answered {shot.status}, so that there is nothing to show.")
        data = {"status": shot.status, "http_date": shot.http_date, "browser": shot.browser}
        return self._keep_picture(
            person,
            item,
            sanitised(shot.png),
            how="page capture",
            data=data,
            url=shot.url,
            masked=shot.masked_regions,
        )

    def take_command(
        self, person: Person, item_id: str, argv: Sequence[str], run: Callable[[Sequence[str]], Ran]
    ) -> Commanded:
        """Run a command for an item and keep what it showed. Raises `DeskError`, and `WithheldError` where
        the gate finds something: among its words before it is run, and then it is not.
        """
        item = self._item(item_id)
        if item.kind is not ItemKind.COMMAND:
            raise DeskError(f"“{item.title}” is shown by no command; the plan says {item.kind.value}.")
        words = gated_words(argv)
        ran = run(argv)
        found = passed(words, ran)
        now, evidence = self.clock(), self.plan.evidence
        draft = command_draft(
            self._of,
            item,
            argv,
            ran,
            found,
            blobs=self.blobs,
            actor=actor_for(person),
            now=now,
            valid_for_s=None if evidence is None else evidence.valid_for_s,
        )
        index = self.log.append([draft], now)[0].index
        return Commanded(index=index, exit_code=ran.exit_code, is_truncated=found.is_truncated)

    def review(self, person: Person, index: int, *, accepted: bool, reason: str) -> None:
        """A second person's word on a picture. Raises `DeskError`, and `WithheldError` for the reason."""
        capture = self._capture(index)
        if person.sealed_as == capture.by:
            raise DeskError("Whoever handed it in cannot review it; somebody else has to look.")
        said = gated(reason) if reason.strip() else ""
        if not accepted and not said:
            raise DeskError("To refuse a picture needs a reason.")
        cited = Cited(index=capture.index, leaf=capture.leaf)
        content = told(Review(of=cited, accepted=accepted, reason_code=said))
        draft = Draft(
            key=f"review/{index}/{person.sealed_as}",
            kind=Kind.REVIEW,
            subject=(json_subject(f"review-{index}.json", self.blobs.put(written(content))),),
            controls=(capture.item,),
            actor=actor_for(person),
            method=Method(type=MethodType.EXAMINE, how="review", tool=TOOL),
            source=self._of.source(capture.system),
            captured_at=time_text(self.clock()),
            redaction=redaction(),
            data=content,
        )
        if not self.log.append([draft], self.clock())[0].is_new:
            raise DeskError("You have reviewed this picture already.")

    # ------------------------------------------------------------ inside

    @property
    def _of(self) -> Of:
        return Of(run=self.run.id, environment=self.run.environment, plan_sha256=self.run.plan_sha256)

    def _item(self, item_id: str) -> EvidenceItem:
        items = {} if self.plan.evidence is None else {each.id: each for each in self.plan.evidence.items}
        if item_id not in items:
            raise DeskError(refusing.no_item(item_id, items))
        return items[item_id]

    def _capture(self, index: int) -> Capture:
        waiting = next((each for each in self.known.known().captures if each.index == index), None)
        if waiting is None or not self._item(waiting.item).is_reviewed:
            raise DeskError(f"Record {index} is no picture that is reviewed.")
        return waiting

    def _keep_picture(
        self,
        person: Person,
        item: EvidenceItem,
        image: Image,
        *,
        how: str,
        data: Mapping[str, Any],
        url: str = "",
        masked: int = 0,
    ) -> Capture:
        evidence = self.plan.evidence
        tip = self.store.evidence.tip(self.run.id)
        if tip is None or tip.is_closed:  # before the blob is kept: nothing would vouch for it
            raise DeskError("Nothing is taken any more: the evidence of this run is closed.")
        now, blob = self.clock(), self.blobs.put(image.png)
        draft = Draft(
            key=f"item/{item.id}/{blob[:16]}/{time_text(now)}",
            kind=Kind.SCREENSHOT,
            subject=(Subject(name=f"{item.id}.png", mediaType=PNG, digest=Digest(sha256=blob)),),
            controls=(item.id,),
            actor=actor_for(person),
            method=Method(type=MethodType.EXAMINE, how=how, tool=TOOL),
            source=self._of.source(item.system, url),
            captured_at=time_text(now),
            redaction=redaction(UPLOAD_POLICY, masked=masked),
            data={
                "width": image.width,
                "height": image.height,
                "sanitised": image.sanitised,
                **data,
            },
            valid_for_s=None if evidence is None else evidence.valid_for_s,
        )
        index = self.log.append([draft], now)[0].index
        return next(each for each in self.known.known().captures if each.index == index)


def actor_for(person: Person) -> Actor:
    """Who, as a record calls them."""
    return Actor(id=person.sealed_as, role=person.role, identity=person.identity.value)


def _attested(attest: Attest) -> dict[str, bool]:
    return {each.name: getattr(attest, each.name) for each in fields(attest)}
