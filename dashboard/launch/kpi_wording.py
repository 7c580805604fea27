"""The sentences that KPIs speak, each made from the rule and the values it was measured with."""

from __future__ import annotations

NOTHING_JUDGED = "nothing has been judged yet"
NOT_THROUGH = "no first dollar is through all five hops yet"
TOOK = "first dollar"
NO_MONEY_READ = "this plan reads no money"
NO_PAYMENT_JUDGED = "no payment is old enough to be judged yet"
CREDITED = "payments have exactly one right credit"
NOT_SEALED = "nothing is sealed yet, or the plan names nothing to be proven"
NOTHING_REQUIRED = "the plan requires no evidence"
EVIDENCE = "required items are proven"
DRILLED_ELSEWHERE = "drills are recorded in the rehearsal"
IN_THE_RUN = "in this run"
IN_ONE_ANSWER = "in the newest answer"
SHARE = "share"
SUCCEEDED = "did not fail"
PROVES_NOTHING = "too few attempts to prove that fewer than 5 % are slower"
GATES = "gates fell in a drill"


def above(percent: int) -> str:
    return f"> {percent} %"


def at_least(percent: int) -> str:
    return f"≥ {percent} %"


def below_ms(limit: int) -> str:
    return f"< {limit} ms"


def within_s(limit: int) -> str:
    return f"≤ {limit} s"


def share(k: int, n: int) -> str:
    """What part of n, in percent, cut off and never rounded up: 100 % is all of them."""
    tenths = k * 1000 // n
    return f"{tenths // 10} %" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10} %"


def resolved(name: str, value: str, target: str, *, holds: bool) -> str:
    """The rule with its values: 'share 100 % > 95 %: true'."""
    return f"{name} {value} {target}: {str(holds).lower()}"


def p95_of(probe: str) -> str:
    return f"p95 of {probe}"


def attempts(probe: str) -> str:
    return f"attempts of {probe}"


def slow(probe: str, limit_ms: int) -> str:
    return f"{attempts(probe)} took {limit_ms} ms or longer"


def too_few(counted: str, n: int, n_min: int) -> str:
    return f"too few: {counted} is {n}, at least {n_min} needed"


def gate_needed(title: str, word: str) -> str:
    return f"the gate “{title}” is {word}; no figure counts without it"


def last(seconds: int) -> str:
    return f"in the last {_span(seconds)}"


def at_most_back(seconds: int) -> str:
    return f"since the run began, {_span(seconds)} at most"


def _span(seconds: int) -> str:
    for unit, name in ((3_600, "h"), (60, "min")):
        if seconds % unit == 0:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"
