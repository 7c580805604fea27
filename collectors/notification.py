"""The notification service's secret: the current one is accepted, every retired one is refused.

The secrets themselves are never kept; a keyed fingerprint of the current one is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from collectors.asking import Answer, Asker, AskError
from collectors.gatekeeping import reactions, slowest
from collectors.masked import Masked
from collectors.observation import Observation
from collectors.probe import TOO_MANY, Question, answers, document, look_up, status_error

NO_SUCH_PATH = frozenset({404, 405})


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeProbe(Question):
    """Sends one notification with the current secret; `accepted` (JMESPath) is true of the envelope."""

    url: str
    header: str
    secret: Masked
    body: Mapping[str, str | bool | int]
    accepted: str
    fingerprint_key: bytes = field(repr=False)

    async def _look(self, asker: Asker) -> Observation:
        answer = await asker.ask("POST", self.url, headers={self.header: self.secret}, json=self.body)
        if answer.status in NO_SUCH_PATH or answer.status == TOO_MANY:
            raise status_error(answer, "an answer to a notification: check its path in the plan")
        accepted = 200 <= answer.status < 300  # noqa: PLR2004 - the class of status codes
        facts = {
            "accepted": accepted,
            "envelope_ok": self._envelope_ok(answer) if accepted else None,
            "fingerprint": self.secret.fingerprint(self.fingerprint_key),
        }
        return self._seen(asker, answer, facts)

    def _envelope_ok(self, answer: Answer) -> bool:
        try:
            return look_up(self.accepted, document(answer)) is True
        except AskError:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredProbe(Question):
    """Sends the same notification with each retired secret and counts how many still work."""

    url: str
    header: str
    secret: Masked
    retired: tuple[Masked, ...]
    body: Mapping[str, str | bool | int]

    async def _look(self, asker: Asker) -> Observation:
        current = {"current_is_retired": self.secret in self.retired}
        if not self.retired:
            return self._nothing_to_ask(asker, {"asked": 0, "accepted": 0} | current)
        asks = [
            partial(asker.ask, "POST", self.url, headers={self.header: each}, json=self.body)
            for each in self.retired
        ]
        seen = reactions([str(number) for number in range(len(asks))], await answers(asks))
        facts = {"asked": len(seen.clear), "accepted": len(seen.let_in)} | current
        return self._seen(asker, slowest(tuple(seen.let_in.values()) or seen.clear), facts)

    def _nothing_to_ask(self, asker: Asker, facts: Mapping[str, bool | int]) -> Observation:
        return Observation(
            probe=self.probe,
            source=self.source,
            environment=asker.environment,
            asked="nothing: the plan names no retired secret",
            observed_at=asker.clock(),
            elapsed_ms=0,
            facts=facts,
        )
