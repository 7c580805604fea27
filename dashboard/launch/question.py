"""A rule with all that the plan says about it: which probe answers it, and for how long that counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dashboard.launch.condition import Condition, condition_of
from dashboard.launch.plan import Judging, Rule
from dashboard.launch.signals import Probe

CANARY_TTL_S = 60
"""An input lives no longer, unless its rule says so and so makes it a standing fact (a key's scopes)."""

STARTED_TTL_S = 3_600
"""What a person started is asked once, so its answer counts once and for longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A rule with all that the plan says about it. `condition` is None where it needs a first value. `name`
    and `counted` are what a sentence calls its signal and its trials.
    """

    rule: Rule
    probe: Probe
    fact: str | None
    ttl_s: int
    standing: bool
    pass_streak: int
    condition: Condition | None
    name: str
    counted: str


def questions_of(
    rules: Iterable[Rule], probes: Mapping[str, Probe], judging: Judging
) -> tuple[Question, ...]:
    """The questions of these rules, in their order; a p95 is about a probe, every other rule about a fact."""
    return tuple(
        _question(
            rule,
            probes[rule.signal if rule.p95_below_ms is not None else rule.signal.rpartition(".")[0]],
            judging,
        )
        for rule in rules
    )


def _question(rule: Rule, probe: Probe, judging: Judging) -> Question:
    """Resolve a rule's defaults: `ttl_s` from how often is asked, or read, the streak from the plan."""
    is_quantile = rule.p95_below_ms is not None
    streak = 1 if is_quantile or probe.started else judging.pass_streak
    asked_every_s = probe.read_every_s or probe.interval_s
    ttl_s = STARTED_TTL_S if probe.started else judging.ttl_intervals * asked_every_s
    return Question(
        rule=rule,
        probe=probe,
        fact=None if is_quantile else rule.signal.removeprefix(f"{probe.id}."),
        ttl_s=rule.ttl_s or ttl_s,
        standing=probe.started or (rule.ttl_s or 0) > CANARY_TTL_S,
        pass_streak=rule.pass_streak or streak,
        condition=None if rule.constant is not None else condition_of(rule, None),
        name=_name(rule.signal, probe),
        counted=_name(rule.n or rule.signal, probe),
    )


def _name(signal: str, probe: Probe) -> str:
    return probe.names.get(signal.removeprefix(f"{probe.id}."), signal)
