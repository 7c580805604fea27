"""Draw once, show to everybody: what was made of one frozen value is kept until there is a newer value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Subject = TypeVar("Subject")
Drawing = TypeVar("Drawing")


class Drawn(Generic[Subject, Drawing]):
    """A drawing that remembers its newest result by the identity of what was drawn.

    One reference is read and one is replaced, so viewers on many threads need no lock; at worst two of
    them draw the same version once each.
    """

    def __init__(self, draw: Callable[[Subject], Drawing]) -> None:
        self._draw = draw
        self._newest: tuple[Subject, Drawing] | None = None

    def __call__(self, subject: Subject) -> Drawing:
        """The drawing of this subject, made now or kept from before."""
        newest = self._newest
        if newest is None or newest[0] is not subject:
            newest = (subject, self._draw(subject))
            self._newest = newest
        return newest[1]
