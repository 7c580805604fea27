"""Whether a service says that it is ready, which build it is, and whether it points where it should."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from collectors.asking import Answer, Asker, AskError
from collectors.observation import FailureReason, Observation, Scalar
from collectors.probe import OK, SERVER_ERROR, Question, document, kind, label, look_up, status_error

DATE_RESOLUTION = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A field of the ready answer (`at`, a JMESPath) that must equal a value; `name` is its fact."""

    name: str
    at: str
    equals: str | bool | int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyProbe(Question):
    """Asks a service's ready path. A 5xx is an answer: it is not ready."""

    url: str
    ready: str
    build: str
    expects: tuple[Expected, ...] = ()

    async def _look(self, asker: Asker) -> Observation:
        answer = await asker.ask("GET", self.url)
        if answer.status == OK:
            found = document(answer)
            ready = look_up(self.ready, found)
            if not isinstance(ready, bool):
                detail = f"got {kind(ready)} at {self.ready}, expected true or false"
                raise answer.unusable(FailureReason.MALFORMED, detail)
        elif answer.status >= SERVER_ERROR:
            found, ready = _whatever_json(answer), False
        else:
            raise status_error(answer, "200 or 503: check ready_path in the plan")
        build = label(look_up(self.build, found))
        facts: dict[str, Scalar | None] = {
            "ready": ready,
            "build": build,
            "clock_skew_ms": clock_skew_ms(answer),
        }
        return self._seen(asker, answer, facts | self._kept(found), build=build)

    def _kept(self, found: Any) -> dict[str, Scalar | None]:
        return {each.name: _equals(look_up(each.at, found), each.equals) for each in self.expects}


def clock_skew_ms(answer: Answer) -> int | None:
    """How far the source's clock is from ours; a Date has whole seconds, so less than one is none."""
    if answer.date is None:
        return None
    early = answer.date - answer.midpoint
    late = answer.midpoint - (answer.date + DATE_RESOLUTION)
    return max(0, round(max(early, late) / timedelta(milliseconds=1)))


def _whatever_json(answer: Answer) -> Any:
    try:
        return document(answer)
    except AskError:
        return None


def _equals(found: Any, expected: Scalar) -> bool | None:
    # A missing field is no disagreement; and 1 is not true, though Python says so.
    return None if found is None else type(found) is type(expected) and found == expected
