"""How an endpoint reacted to a caller: did it let the caller in, turn it away, or say nothing about it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from collectors.asking import Answer, AskError
from collectors.probe import FORBIDDEN, UNAUTHORIZED, status_error

REFUSED = frozenset({UNAUTHORIZED, FORBIDDEN})
# The body was read and found wanting, so the caller had already been let in.
LET_IN = frozenset({400, 409, 415, 422})

K = TypeVar("K")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactions:
    """Several callers and how each fared. Those that got no clear reaction are in neither set."""

    let_in: Mapping[str, Answer]
    refused: Mapping[str, Answer]

    @property
    def clear(self) -> tuple[Answer, ...]:
        return (*self.let_in.values(), *self.refused.values())


def reactions(callers: Sequence[str], outcomes: Sequence[Answer | AskError]) -> Reactions:
    """Sort the outcomes. Raises the first `AskError` where no caller at all got a clear reaction."""
    answered = {name: each for name, each in zip(callers, outcomes, strict=True) if isinstance(each, Answer)}
    sorted_out = Reactions(
        let_in={name: each for name, each in answered.items() if _let_in(each)},
        refused={name: each for name, each in answered.items() if each.status in REFUSED},
    )
    if not sorted_out.clear:
        raise _first_failure(outcomes)
    return sorted_out


def slowest(asked: Sequence[Answer]) -> Answer:
    """The answer that stands for several asked at once: the one that was complete last."""
    return max(asked, key=lambda each: each.observed_at)


def _let_in(answer: Answer) -> bool:
    return 200 <= answer.status < 300 or answer.status in LET_IN  # noqa: PLR2004 - the class of status codes


def _first_failure(outcomes: Sequence[Answer | AskError]) -> AskError:
    first = outcomes[0]
    if isinstance(first, AskError):
        return first
    return status_error(first, "a refusal (401 or 403): check the path in the plan")
