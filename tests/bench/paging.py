"""What the Evidence page costs where a plan wants a thousand things proven, against ten."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from dashboard.evidence_room import EvidenceRoom
from dashboard.launch.evidence_view import EvidencePanel
from dashboard.launch.plan import RoleKind
from dashboard.launch.plan_file import LoadedPlan, load_plan
from dashboard.launch.proof import Completeness
from dashboard.purchases import Ours
from dashboard.store.store import Store, open_store
from dashboard.store.values import Run
from dashboard.ui.evidence_items import items_html
from dashboard.version import VERSION
from dashboard.wiring.sealing import Seal, origin_of, sealer_of
from evidence.blobs import FolderBlobs
from evidence.canonical import written
from evidence.keys import KeyRing, make_keys
from evidence.record import Kind
from evidence.redaction import find_secret
from tests.bench.results import Measured, Say, UnmeasurableError
from tests.bench.stored import ENVIRONMENT, T0
from tests.cast import DEFAULT_PLAN, person
from tests.dashboard.store.logs import draft

FEW = 10
MANY = 1_000
LOOKS = 30
LIMIT = 1.5
AT_ONCE = 100


def measure(say: Say) -> list[Measured]:
    """The median look at each, in turn; something was captured in between, so that there is news to read."""
    with tempfile.TemporaryDirectory(prefix="golive-bench-") as folder:
        pages = {}
        for count in (FEW, MANY):
            say(f"page: capturing {count:,} items")
            pages[count] = _Page(Path(folder) / f"{count}", count)
            say(f"page: first look at {count:,}: {1_000 * pages[count].look():.0f} ms")
        seconds: dict[int, list[float]] = {FEW: [], MANY: []}
        for _ in range(LOOKS):
            for count, page in pages.items():
                page.capture_one_more()
                seconds[count].append(page.look())
        for page in pages.values():
            page.store.close()
    few, many = (1_000 * statistics.median(seconds[count]) for count in (FEW, MANY))
    return [
        Measured(
            row="page",
            what=f"the Evidence page with {MANY:,} items against {FEW}: read, folded and written as HTML",
            value=many / few,
            limit=LIMIT,
            unit="x",
            how=f"{many:.1f} ms and {few:.1f} ms, medians of {LOOKS} in turn, each after one more capture",
        )
    ]


@dataclass
class _Page:
    """The page of a run whose plan wants so many things proven, all of which were captured."""

    folder: Path
    count: int

    def __post_init__(self) -> None:
        self.loaded = _plan(self.count)
        self.store: Store = open_store(
            f"sqlite:///{self.folder / 'golive.sqlite3'}", environment=ENVIRONMENT, app_version=VERSION
        )
        self.run: Run = self.store.open_run(
            plan_id=self.loaded.plan.id,
            plan_sha256=self.loaded.sha256,
            plan_toml=self.loaded.text,
            now=T0,
        )
        self.now: datetime = T0 + timedelta(minutes=1)
        make_keys(self.folder / "keys")
        self.seal = Seal(
            ring=KeyRing(self.folder / "keys"), blobs=FolderBlobs(self.folder / "blobs"), authorities=()
        )
        self.log = self.seal.log(self.store, self.run.id, origin_of(self.store, self.run))
        self._begin()
        for first in range(0, self.count, AT_ONCE):
            self._capture(range(first, min(first + AT_ONCE, self.count)))
        self.more = 0
        self.room = EvidenceRoom(
            store=self.store, run=lambda: self.run, sealing=self.seal, clock=lambda: self.now
        )

    def capture_one_more(self) -> None:
        self.more += 1
        self._capture(range(1), again=self.more)

    def look(self) -> float:
        """How long a look took."""
        began = time.perf_counter()
        panel = self.room.panel(_VIEWER)
        html = items_html(panel, self.loaded.plan.roles)
        took = time.perf_counter() - began
        self._check(panel, html)
        return took

    def _check(self, panel: EvidencePanel, html: str) -> None:
        if panel.completeness != Completeness(k=self.count, n=self.count) or "item-i0" not in html:
            raise UnmeasurableError(f"got {panel.completeness}, expected {self.count:,} of them to be proven")

    def _begin(self) -> None:
        sealer_of(self.seal, self.store, self.run, Ours(), lambda: self.now).resume()

    def _capture(self, items: range, again: int = 0) -> None:
        blob = self.seal.blobs.put(written({"seen": again}))
        drafts = [
            draft(
                f"item/i{number}/{again}",
                blob,
                kind=Kind.STRIPE_ENDPOINT,
                controls=(f"i{number}",),
                captured_at=self.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                valid_for_s=86_400,
            )
            for number in items
        ]
        self.log.append(drafts, self.now)


_VIEWER = person("viewer", RoleKind.VIEWER)


def _plan(count: int) -> LoadedPlan:
    """The default plan with so many things to prove instead of its own."""
    text = DEFAULT_PLAN.read_text(encoding="utf-8")
    text = text[: text.index("[[evidence.items]]")]
    items = (
        f'[[evidence.items]]\nid = "i{number}"\ntitle = "Item {number}"\nkind = "stripe.endpoint"\n'
        f'proves = "It is there."\nsystem = "Stripe"\nowner = "payments_lead"\nto_min = 60\n'
        for number in range(count)
    )
    return load_plan(text + "".join(items), scan=find_secret)
