"""What every viewer is shown, as one frozen value per version.

A view is built once from the newest evaluation, whoever looks at it. It is also where a board dies: when
the collectors' heartbeat is old, the verdict shown is HOLD and nothing that was green stays green.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from collectors.observation import Environment, Sample
from dashboard.launch.binding import Waiver
from dashboard.launch.board import Board, BoardVerdict, Flip, Verdict
from dashboard.launch.due import Due
from dashboard.launch.event import Event
from dashboard.launch.kpi import Kpi
from dashboard.launch.marks import Mark
from dashboard.launch.plan import Phase
from dashboard.launch.polling import Tally
from dashboard.launch.run import RunState, Stage
from dashboard.launch.timeline import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTile:
    """One service at a glance. `latencies_ms` are the newest attempts, oldest first, timeouts included;
    `failed` of `n` of them were no answer. `p95_ms` is the nearest rank over those `n`.
    """

    id: str
    title: str
    owner_title: str
    state: Verdict
    word: str
    build: str | None
    latency_ms: int | None
    p95_ms: int | None
    latencies_ms: tuple[int, ...]
    failed: int
    n: int
    observed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HourView:
    """The run of show as it stands. `t_s` is the T-clock in seconds when it was drawn, None before T-0;
    `flips` are all since T-0, oldest first; `marks` the holds, flips and decisions since then; `due` what is
    late or nearly; `events` the whole log, newest first; `decision` what was decided last, `latch` the NO-GO
    that nobody has acknowledged yet; `tally` the open poll, `undeclared` why it gives no GO; `override` what
    waits for a second person; `waivers` what is waived or asked for now; `clock_moved` the last time that the
    host's clock was found moved. `pace` is how many seconds of T pass in one.
    """

    stage: Stage
    clock: str
    t_s: float | None
    length_s: int
    phases: tuple[Phase, ...]
    rows: tuple[Row, ...]
    flips: tuple[Flip, ...]
    marks: tuple[Mark, ...]
    due: tuple[Due, ...]
    events: tuple[Event, ...]
    decision: Event | None
    latch: Event | None
    state: RunState
    tally: Tally | None
    undeclared: str | None
    override: Event | None
    waivers: tuple[Waiver, ...]
    clock_moved: Event | None = None
    pace: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The Control room. `lost` says why the board is greyed out, and is None while it is alive;
    `undelivered` says of each channel what it did not deliver. `money` is the newest answer about it, None
    where nobody reads money.

    `version` grows by one with each change that a viewer must see; `verdict`, `sentence` and `change` are
    what is to be shown, which is not the board's own when it is lost or when nothing was judged yet.
    `notices` are what is amiss with golive itself.
    `proven` are the gates that fell under a fault put in to see it, None where no drill is recorded.
    `sealed` says that flips and events have records that can be opened.
    """

    version: int
    drawn_at: datetime
    environment: Environment
    plan_title: str
    verdict: BoardVerdict
    sentence: str
    change: str
    clock: str
    lost: str | None
    board: Board | None
    judged_at: datetime | None
    heartbeat_at: datetime | None
    heartbeat_limit_s: int
    tiles: tuple[ServiceTile, ...]
    flips: tuple[Flip, ...]
    hour: HourView | None = None
    notices: tuple[str, ...] = ()
    kpis: tuple[Kpi, ...] = ()
    proven: frozenset[str] | None = None
    undelivered: tuple[str, ...] = ()
    money: Sample | None = None
    sealed: bool = False

    @property
    def sealed_in(self) -> int | None:
        """The run in whose log they are, None where nothing can be opened."""
        return self.board.run if self.sealed and self.board is not None else None

    @property
    def is_alive(self) -> bool:
        """Whether somebody judges: nothing was lost, and there is a board at all."""
        return self.lost is None and self.board is not None

    @property
    def offers_go(self) -> bool:
        """Whether GO may be pressed: a living board says GO, and so does the poll where one is due."""
        is_go = self.verdict is BoardVerdict.GO and self.is_alive
        return is_go and self.hour is not None and self.hour.undeclared is None

    @property
    def is_no_go(self) -> bool:
        """Whether a launch that was begun is NO-GO: as judged, latched, decided or rolled back."""
        hour = self.hour
        if hour is None or hour.stage in {Stage.PLANNED, Stage.SCRUBBED, Stage.OVER}:
            return False
        is_decided = hour.decision is not None and hour.decision.subject == BoardVerdict.NO_GO
        return is_decided or self.verdict is BoardVerdict.NO_GO


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeHistory:
    """The newest attempts of one probe, newest first."""

    probe: str
    gates: tuple[str, ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceHistory:
    """One source (a service, Stripe or golive itself) with all its probes."""

    id: str
    title: str
    owner_title: str
    probes: tuple[ProbeHistory, ...]
    startable: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """One fault of the catalogue: what must happen, and what the board says of that gate now."""

    id: str
    title: str
    where: str
    gate: str
    gate_title: str
    to: Verdict
    provoke: str
    active: bool
    seen: Verdict | None
    noticed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One step of a purchase: `state` is waiting, done or failed."""

    name: str
    state: str
    at: datetime | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One rehearsal purchase on its way through the five services and Stripe."""

    id: str
    started_at: datetime
    hops: tuple[Hop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalView:
    """The Rehearsal page. `unreachable` says why the world could not be asked, None while it answers."""

    faults: tuple[FaultRow, ...]
    journeys: tuple[Journey, ...]
    unreachable: str | None
