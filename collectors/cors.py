"""Who a browser would let call a service: our own sites, and nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from collectors.asking import Answer, Asker, AskError
from collectors.observation import Observation
from collectors.probe import SERVER_ERROR, Question, answers, status_error

NOT_ABOUT_ORIGINS = frozenset({404, 405, 408, 429})
"""Answers that are the same whoever asks: no such path, no such method, too slow, too often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorsProbe(Question):
    """Sends the preflight that a browser would send, from a foreign origin and from each of our own."""

    url: str
    method: str
    own_origins: tuple[str, ...]
    foreign_origin: str

    async def _look(self, asker: Asker) -> Observation:
        origins = (self.foreign_origin, *self.own_origins)
        foreign, *own = await answers([partial(self._preflight, asker, origin) for origin in origins])
        if isinstance(foreign, AskError):
            raise foreign
        asked = [
            (origin, each)
            for origin, each in zip(self.own_origins, own, strict=True)
            if isinstance(each, Answer)
        ]
        facts = {
            "foreign_allowed": _allowed(foreign, self.foreign_origin),
            "own_asked": len(asked),
            "own_refused": sum(not _allowed(answer, origin) for origin, answer in asked),
        }
        return self._seen(asker, foreign, facts)

    async def _preflight(self, asker: Asker, origin: str) -> Answer:
        headers = {"Origin": origin, "Access-Control-Request-Method": self.method}
        answer = await asker.ask("OPTIONS", self.url, headers=headers)
        if answer.status >= SERVER_ERROR or answer.status in NOT_ABOUT_ORIGINS:
            # A service that fails lets nobody in today; that says nothing about whom it lets in tomorrow.
            raise status_error(answer, "an answer to a preflight")
        return answer


def _allowed(answer: Answer, origin: str) -> bool:
    granted = answer.headers.get("access-control-allow-origin", "").strip()
    return 200 <= answer.status < 300 and granted in ("*", origin)  # noqa: PLR2004 - the class of status codes
