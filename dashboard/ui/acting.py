"""How a page acts: a wish about the board that was drawn, and the reason that was typed beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from dashboard.access import Action, Person, allows
from dashboard.launch.scene import Wish
from dashboard.launch.view import View
from dashboard.ui import state
from dashboard.ui.notes import do
from dashboard.ui.room import room


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Somebody's hand on one drawn board: whatever its buttons do is bound to what they were drawn beside."""

    person: Person
    board_hash: str | None
    evaluation: int | None

    def may(self, action: Action) -> bool:
        """Whether the table of access lets this person."""
        return allows(self.person.kind, action)

    def button(
        self, label: str, key: str, wish: Wish, *, primary: bool = False, shortcut: str | None = None
    ) -> None:
        """A button that asks for this."""
        st.button(
            label,
            key=key,
            type="primary" if primary else "secondary",
            shortcut=shortcut,
            on_click=do,
            args=(self.act, wish),
        )

    def act(self, wish: Wish) -> str:
        """Act with the reason that was typed, and forget the reason; the sentence of what was recorded."""
        bound = replace(wish, reason=state.reason(), board_hash=self.board_hash)
        said = room().act(self.person, bound, evaluation=self.evaluation)
        state.forget_reason()
        return said


def hand(person: Person, view: View) -> Hand:
    """A hand on what this view shows; on no board while it is lost."""
    if view.board is None or view.lost is not None:
        return Hand(person=person, board_hash=None, evaluation=None)
    return Hand(person=person, board_hash=view.board.hash, evaluation=view.board.evaluation)
