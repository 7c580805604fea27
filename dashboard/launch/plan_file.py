"""Reads a plan: TOML text to a frozen `Plan`, or every problem with its line, its key and the mend.

The text is data and never fetched from here. What a shape cannot say (a rule over a signal that nobody
asks, a gate without a condition, a secret pasted in) is checked too, before anything is asked or judged.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import jmespath
import msgspec

from dashboard.launch.condition import CONDITIONS
from dashboard.launch.naming import unknown
from dashboard.launch.plan import Gate, Plan, Rule
from dashboard.launch.plan_announce import announce_problems
from dashboard.launch.plan_deliveries import deliveries_problems
from dashboard.launch.plan_hour import hour_problems
from dashboard.launch.plan_kpis import kpi_problems
from dashboard.launch.plan_money import money_problems
from dashboard.launch.plan_pricing import usage_problems
from dashboard.launch.plan_proof import evidence_problems
from dashboard.launch.plan_secrets import SecretScan, in_lines, in_values
from dashboard.launch.plan_shape import misshapen
from dashboard.launch.question import CANARY_TTL_S
from dashboard.launch.signals import Probe, catalogue, fact_type
from dashboard.launch.toml_lines import Path, lines_of

NUMERIC = ("below", "at_least", "at_most")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong in a plan: where, what, and what to do."""

    line: int
    key: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.key}: {self.message}"


class PlanError(Exception):
    """A plan cannot be used; `problems` has every reason, in the order of the lines."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPlan:
    """A plan with the exact text it was read from; `sha256` is of that text."""

    plan: Plan
    text: str
    sha256: str


def load_plan(text: str, *, scan: SecretScan) -> LoadedPlan:
    """Read and check a plan. Raises `PlanError` with all problems of its text, else all of its shape, else
    all of what it says.
    """
    _refuse_secrets(text, scan)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanError([_syntax_problem(text, error)]) from error
    where = lines_of(text)
    hidden = in_values(document, scan)
    if problems := [_secret(_line(where, path), _dotted(path), kind) for path, kind in hidden]:
        raise PlanError(problems)
    try:
        plan = msgspec.convert(document, Plan, strict=True)
    except msgspec.ValidationError as error:
        found = misshapen(document, Plan)
        raise PlanError([_shape_problem(path, said, where) for path, said in found]) from error
    problems = [
        Problem(line=_line(where, path), key=_dotted(path), message=message)
        for path, message in _problems(plan)
    ]
    if problems:
        raise PlanError(problems)
    return LoadedPlan(plan=plan, text=text, sha256=hashlib.sha256(text.encode()).hexdigest())


def _refuse_secrets(text: str, scan: SecretScan) -> None:
    problems = [_secret(number, key, kind) for number, key, kind in in_lines(text, scan)]
    if problems:
        raise PlanError(problems)


def _secret(line: int, key: str, kind: str) -> Problem:
    mend = 'a plan holds none; rotate it and write { env = "NAME" } instead'
    return Problem(line=line, key=key, message=f"got what looks like a {kind}; {mend}")


def _syntax_problem(text: str, error: tomllib.TOMLDecodeError) -> Problem:
    match = re.search(r"at line (\d+)", str(error))
    lines = text.splitlines()
    line = int(match[1]) if match else max(1, len(lines))
    content = lines[line - 1] if line <= len(lines) else ""
    key = content.split("=", 1)[0].strip()[:60] or "(end of file)"
    return Problem(line=line, key=key, message=f"not TOML: {error}; mend this line")


def _shape_problem(path: Path, text: str, where: Mapping[Path, int]) -> Problem:
    unknown = re.search(r"unknown field `([^`]+)`", text)
    if unknown:
        mend = f"unknown key; remove it or write one of the keys of {_dotted(path) or 'a plan'}"
        path = (*path, unknown[1])
        return Problem(line=_line(where, path), key=_dotted(path), message=mend)
    missing = re.search(r"missing required field `([^`]+)`", text)
    if missing:
        mend = f"`{missing[1]}` is missing; add it"
        return Problem(line=_line(where, path), key=_dotted((*path, missing[1])), message=mend)
    what = f"{text[0].lower()}{text[1:]}"
    return Problem(line=_line(where, path), key=_dotted(path) or "plan", message=f"{what}; mend the value")


def _line(where: Mapping[Path, int], path: Path) -> int:
    while path and path not in where:
        path = path[:-1]
    return where.get(path, 1)


def _dotted(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _problems(plan: Plan) -> Iterator[tuple[Path, str]]:
    probes = catalogue(plan)
    yield from _reference_problems(plan)
    yield from _jmespath_problems(msgspec.to_builtins(plan))
    if not plan.gates:
        yield ("gates",), "got no gate; a plan without gates proves nothing, add at least one mandatory gate"
    elif not any(gate.mandatory for gate in plan.gates):
        yield (
            ("gates",),
            "got no mandatory gate; the board would have nothing to stand on, make at least one mandatory",
        )
    seen: set[str] = set()
    for index, gate in enumerate(plan.gates):
        if gate.id in seen:
            yield (
                ("gates", index, "id"),
                f'got the gate id "{gate.id}" twice; give each gate an id of its own',
            )
        seen.add(gate.id)
        yield from _gate_problems(plan, probes, gate, ("gates", index))
    yield from kpi_problems(plan, probes)
    if plan.hour is not None:
        yield from hour_problems(plan, plan.hour)
    if plan.announce is not None:
        yield from announce_problems(plan, plan.announce)
    if plan.evidence is not None:
        yield from evidence_problems(plan, plan.evidence)
    yield from money_problems(plan.money, plan.ledger.history, plan.ledger.denials)
    yield from deliveries_problems(plan.deliveries, plan.money)
    if plan.usage is not None:
        yield from usage_problems(plan, plan.usage)


def _reference_problems(plan: Plan) -> Iterator[tuple[Path, str]]:
    named: list[tuple[Path, str]] = [
        (("issuer", "service"), plan.issuer.service),
        (("ledger", "service"), plan.ledger.service),
        (("stripe", "endpoint_service"), plan.stripe.endpoint_service),
    ]
    if plan.notification is not None:
        named.append((("notification", "service"), plan.notification.service))
    if plan.receipts is not None:
        named.append((("receipts", "service"), plan.receipts.service))
    if plan.deliveries is not None:
        named.append((("deliveries", "service"), plan.deliveries.service))
    for name, service in plan.services.items():
        if service.owner not in plan.roles:
            yield ("services", name, "owner"), unknown("role", service.owner, plan.roles)
        if service.cors is not None:
            named += [(("services", name, "cors"), own) for own in service.cors.own]
        yield from _duplicate_names(("services", name), "expects", [item.name for item in service.expects])
        yield from _duplicate_names(("services", name), "protected", [item.id for item in service.protected])
    for path, service_name in named:
        if service_name not in plan.services:
            yield path, unknown("service", service_name, plan.services)


def _duplicate_names(path: Path, key: str, names: list[str]) -> Iterator[tuple[Path, str]]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield (*path, key, index), f'got the name "{name}" twice; give each a name of its own'


_JMESPATH_KEYS = frozenset(
    {
        "ready",
        "build",
        "at",
        "accepted",
        "balance",
        "items",
        "kind",
        "credits",
        "created",
        "payment_intent",
        "event",
    }
)


def _jmespath_problems(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in _JMESPATH_KEYS and isinstance(inner, str):
                try:
                    jmespath.compile(inner)
                except jmespath.exceptions.JMESPathError:
                    yield (*path, key), f'got "{inner}", expected a JMESPath expression; mend it'
            else:
                yield from _jmespath_problems(inner, (*path, key))
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _jmespath_problems(inner, (*path, index))


def _gate_problems(
    plan: Plan, probes: Mapping[str, Probe], gate: Gate, path: Path
) -> Iterator[tuple[Path, str]]:
    if gate.owner not in plan.roles:
        yield (*path, "owner"), unknown("role", gate.owner, plan.roles)
    if not gate.rules:
        yield (
            (*path, "rules"),
            f'the gate "{gate.id}" has no rule; a gate without a condition proves nothing, add one',
        )
    for index, rule in enumerate(gate.rules):
        at = (*path, "rules", index)
        stated = [name for name in CONDITIONS if getattr(rule, name) is not None]
        if len(stated) != 1:
            keys = ", ".join(name.rstrip("_") for name in CONDITIONS)
            got = " and ".join(name.rstrip("_") for name in stated) or "no condition"
            yield at, f"got {got}; state exactly one of {keys}"
            continue
        yield from _signal_problems(probes, rule, stated[0], at)
        yield from _count_problems(probes, rule, at)
        yield from _life_problems(plan, probes, rule, at)


def _signal_problems(
    probes: Mapping[str, Probe], rule: Rule, stated: str, at: Path
) -> Iterator[tuple[Path, str]]:
    if stated == "p95_below_ms":
        if rule.signal not in probes:
            yield (*at, "signal"), unknown("probe", rule.signal, probes)
        if rule.n_min is None or rule.window_s is None:
            yield at, "a p95 needs n_min and window_s; say how many attempts in how many seconds prove it"
        return
    found = fact_type(probes, rule.signal)
    if found is None:
        signals = [f"{probe.id}.{fact}" for probe in probes.values() for fact in probe.facts]
        yield (*at, "signal"), unknown("signal", rule.signal, signals)
        return
    wanted = int if stated in NUMERIC else type(rule.is_) if stated == "is_" else found
    if wanted is not found:
        name = stated.rstrip("_")
        yield (
            (*at, name),
            f"{rule.signal} is {found.__name__}, the condition {wanted.__name__}; compare like with like",
        )
    if stated == "constant" and rule.constant is False:
        yield (*at, "constant"), "got false, expected true; leave the rule out if the value may change"


def _count_problems(probes: Mapping[str, Probe], rule: Rule, at: Path) -> Iterator[tuple[Path, str]]:
    if rule.n is not None:
        if rule.n_min is None:
            yield at, "n names what is counted, n_min is missing; say how many are enough"
        if fact_type(probes, rule.n) is not int:
            counts = [
                f"{p.id}.{fact}" for p in probes.values() for fact, kind in p.facts.items() if kind is int
            ]
            yield (*at, "n"), unknown("count", rule.n, counts)
        elif rule.n.rpartition(".")[0] != rule.signal.rpartition(".")[0]:
            yield (
                (*at, "n"),
                f"{rule.n} is of another answer than {rule.signal}; count what the same answer counted",
            )
    elif counted := _counted_by(probes, rule.signal):
        yield (
            at,
            f'{rule.signal} counts failures, n is missing: of none none fail; add n = "{counted}" and n_min',
        )
    elif rule.n_min is not None and rule.p95_below_ms is None:
        yield (*at, "n_min"), "n_min says how many are enough, n is missing; name the fact that counts them"
    if rule.to_fail > rule.of:
        yield (*at, "to_fail"), f"got {rule.to_fail} of {rule.of}; to_fail can be at most of"


def _counted_by(probes: Mapping[str, Probe], signal: str) -> str | None:
    name, _, fact = signal.rpartition(".")
    probe = probes.get(name)
    return f"{name}.{probe.counts[fact]}" if probe is not None and fact in probe.counts else None


def _life_problems(
    plan: Plan, probes: Mapping[str, Probe], rule: Rule, at: Path
) -> Iterator[tuple[Path, str]]:
    probe = probes.get(rule.signal) or probes.get(rule.signal.rpartition(".")[0])
    if probe is None or probe.started or rule.ttl_s is not None:
        return
    life = plan.judging.ttl_intervals * probe.interval_s
    if life > CANARY_TTL_S:
        yield (
            at,
            f"an answer would count for {life} s, more than {CANARY_TTL_S} s; ask more often or state ttl_s",
        )
