"""A stand-in room with a real run in it: what is pressed is an event, and the view is made of the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from collectors.observation import Environment
from dashboard import access
from dashboard.access import ACTIONS, Person
from dashboard.launch.acting import act
from dashboard.launch.scene import Actor, RefusedActError, Wish
from dashboard.launch.showing import show, show_hour
from dashboard.launch.view import View
from dashboard.room import RefusedError
from tests.dashboard.launch.hour import Hour
from tests.dashboard.ui.standin import HEALTHY, StandInRoom


class ConductedRoom(StandInRoom):
    """The hour is in the test's hand; its board is the one that is shown."""

    def __init__(self, hour: Hour) -> None:
        super().__init__(HEALTHY)
        self.hour = hour
        self.proven: frozenset[str] | None = None

    def view(self) -> View:
        now, board = self.hour.now, self.hour.board
        return show(
            version=7,
            plan=self.hour.plan,
            environment=Environment.REHEARSAL,
            board=board,
            heartbeat_at=now,
            trouble=None,
            tiles=(),
            flips=(),
            now=now,
            hour=show_hour(self.hour.plan, self.hour.events, now, board),
            proven=self.proven,
        )

    def act(self, person: Person, wish: Wish, *, evaluation: int | None = None) -> str:
        access.require(person, ACTIONS[wish.act])
        shown = None if self.hour.board is None or evaluation is None else self.hour.board
        scene = replace(self.hour.scene(), shown=shown)
        actor = Actor(name=person.name, role=person.role, identity=person.identity.value)
        try:
            event = self.hour.record(act(scene, wish, actor))
        except RefusedActError as refused:
            raise RefusedError(str(refused)) from refused
        return f"Recorded: {event.what.value}."

    def last(self) -> tuple[str, str, str]:
        """The newest event: what, by which role, of which subject."""
        event = self.hour.events[-1]
        return event.what.value, event.role, event.subject

    def until(self) -> datetime | None:
        """The end that the newest event names."""
        return self.hour.events[-1].until
