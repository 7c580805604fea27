"""Step 6: what time the records were made, by somebody else's clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from itertools import pairwise
from typing import NamedTuple

from evidence.contents import Anchored, content
from evidence.layout import note_name, token_name, tokens_of
from evidence.record import Kind, RecordError, time_text
from evidence.verification.case import Case, Seen, Token
from evidence.verification.report import Code, Severity
from evidence.verification.tokens import Answers, Asked, Key, TokenError, gen_time, second_opinion

_STEP = 6
SKEW_S = 120
"""By how much two clocks may differ."""
LATEST_S = 24 * 60 * 60
"""How long after it was made a record must be under a token."""
_MOST_TOKEN = 1 << 18
"""Neither a token nor a head is longer."""


class Begun(NamedTuple):
    """The tokens that hold by our own check, and what openssl says of them as soon as it has said it."""

    asked: Mapping[Key, Asked]
    answers: Answers


@contextmanager
def begun_tokens(case: Case) -> Iterator[Begun]:
    """Begin with 6.2 while the steps before are taken: openssl needs time, and may have the other core."""
    asked: dict[Key, Asked] = {}
    for key, name in tokens_of(case.container.sizes).items() if case.trust.roots else ():
        head = note_name(key[0])
        if head not in case.container.sizes:
            case.found(_STEP, Code.TOKEN, f"{name}: the head that it is over is not there")
            continue
        token = case.container.read(name, length=_MOST_TOKEN)
        note = case.container.read(head, length=_MOST_TOKEN)
        try:
            asked[key] = Asked(token=token, note=note, at=gen_time(token, note, case.trust.roots))
        except TokenError as error:
            case.found(_STEP, Code.TOKEN, f"{name}: {error}")
    with second_opinion(asked, case.trust.roots) as answers:
        yield Begun(asked, answers)


def check_times(case: Case, begun: Begun) -> None:
    """6. The records were made when they say, by the clock of an authority whose root is pinned:

    6.1 each token that a record names is there as it was, over the head that it says;
    6.2 each token holds over its head, by a pinned root, and by openssl too where there is one;
    6.3 the later head has the later token;
    6.4 the records' own times never go back, are not before what was captured, and are within the named span;
    6.5 none is before a token that an earlier record holds (BACKDATED), none after the first token over it
        (POSTDATED), none more than a day before that (LATE);
    6.6 a token is over all of them;
    6.7 Stripe's clock agrees with when it was asked.

    Without a pinned root 6.2, 6.3, 6.5 and 6.6 prove nothing and are left out.
    """
    anchored = dict(_anchored(case))
    _check_named(case, anchored)
    if case.trust.roots:
        _check_tokens(case, begun)
        _check_told(case, anchored)
        _check_token_order(case)
    _check_own(case)
    if case.trust.roots:
        _check_window(case, anchored)
        _check_covered(case)
    _check_stripe(case)


def _anchored(case: Case) -> Iterable[tuple[int, Anchored]]:
    for seen, record in case.readable():
        if record.predicate.kind is Kind.ANCHOR:
            try:
                yield seen.position, content(record.predicate.data, Anchored)
            except RecordError:
                continue  # said at step 3


def _check_named(case: Case, anchored: Mapping[int, Anchored]) -> None:
    # 6.1
    for position, told in anchored.items():
        record = case.seen[position].record
        name = token_name(told.size, told.tsa)
        subjects = {subject.digest.sha256 for subject in record.subject} if record else set()
        if case.digests.get(name) not in subjects:
            text = f"{name} is not the token that this record vouches for"
            case.found(_STEP, Code.TOKEN, text, record=position)
        if sha256(case.notes.get(told.size, b"")).hexdigest() != told.note_sha256:
            text = f"{note_name(told.size)} is not the head that this record's token is over"
            case.found(_STEP, Code.TOKEN, text, record=position)


def _check_tokens(case: Case, begun: Begun) -> None:
    # 6.2, what openssl says
    for (size, tsa), one in begun.asked.items():
        if (size, tsa) in begun.answers and not begun.answers[size, tsa].result():
            text = f"{token_name(size, tsa)}: openssl refuses a token that holds by our own check"
            case.found(_STEP, Code.TOKEN, text)
        elif size in case.genuine:
            case.tokens.append(Token(size=size, tsa=tsa, gen_time=one.at))


def _check_told(case: Case, anchored: Mapping[int, Anchored]) -> None:
    # 6.1, what only a token that holds can show
    times = {(token.size, token.tsa): time_text(token.gen_time) for token in case.tokens}
    for position, told in anchored.items():
        found = times.get((told.size, told.tsa), told.gen_time)
        if found != told.gen_time:
            text = f"it says that its token is of {told.gen_time}, and the token says {found}"
            case.found(_STEP, Code.TOKEN, text, record=position)


def _check_token_order(case: Case) -> None:
    # 6.3
    for before, after in pairwise(sorted(case.tokens, key=lambda token: token.size)):
        if before.size < after.size and after.at < before.at - SKEW_S:
            text = f"the token over {after.size} records is of before the one over {before.size}"
            case.found(_STEP, Code.BACKWARDS, text)


def _check_own(case: Case) -> None:
    # 6.4
    seen = [one for one, _ in case.readable()]
    for before, after in pairwise(seen):
        if after.recorded_at < before.recorded_at:
            back_s = before.recorded_at - after.recorded_at
            text = f"its time goes back by {back_s} s"
            case.found(_STEP, Code.BACKWARDS, text, record=after.position)
    early = [one for one in seen if one.captured_at > one.recorded_at + SKEW_S]
    _each_run(case, early, Code.CLAIM, lambda _: "it was recorded before it was captured, it says")
    trust = case.trust
    since = None if trust.since is None else int(trust.since.timestamp()) - SKEW_S
    until = None if trust.until is None else int(trust.until.timestamp()) + SKEW_S
    outside = [
        one
        for one in seen
        if (since is not None and one.recorded_at < since) or (until is not None and one.recorded_at > until)
    ]
    _each_run(
        case, outside, Code.SPAN, lambda one: f"it is of {_text(one.recorded_at)}, outside the named span"
    )


def _check_window(case: Case, anchored: Mapping[int, Anchored]) -> None:
    # 6.5
    case.proven = _first_tokens(case)
    times = {(token.size, token.tsa): token.at for token in case.tokens}
    not_before: dict[int, int] = {}
    newest = 0
    for one in case.seen:
        not_before[one.position] = newest
        told = anchored.get(one.position)
        if told is not None:
            newest = max(newest, times.get((told.size, told.tsa), 0))
    dated = [one for one, _ in case.readable()]
    backdated = [one for one in dated if one.recorded_at < not_before[one.position] - SKEW_S]
    _each_run(case, backdated, Code.BACKDATED, lambda one: _apart("before", one, not_before[one.position]))
    proven = [(one, at) for one in dated if (at := case.proven[one.position]) is not None]
    first = {one.position: at for one, at in proven}
    postdated = [one for one, at in proven if one.recorded_at > at + SKEW_S]
    _each_run(case, postdated, Code.POSTDATED, lambda one: _apart("after", one, first[one.position]))
    late = [one for one, at in proven if at - one.recorded_at > LATEST_S + SKEW_S]
    _each_run(case, late, Code.LATE, lambda one: _apart("first proven late,", one, first[one.position]))
    behind = {one.position for one in late}
    old = [
        one for one, at in proven if at - one.captured_at > LATEST_S + SKEW_S and one.position not in behind
    ]
    text = "it was captured more than a day before the first token over it, it says"
    _each_run(case, old, Code.CLAIM, lambda _: text, Severity.GAP)


def _check_covered(case: Case) -> None:
    # 6.6
    covered = max((token.size for token in case.tokens), default=0)
    if covered < len(case.seen):
        text = f"no token is over the records from here on: {len(case.seen) - covered} are UNANCHORED"
        case.found(_STEP, Code.UNANCHORED, text, record=covered, severity=Severity.GAP)
    points = sorted(token.at for token in case.tokens)
    if points:
        own = [one.recorded_at for one, _ in case.readable()]
        points = [*own[:1], *points, *([own[-1]] if covered < len(case.seen) else [])]
        case.unanchored_s = max((after - before for before, after in pairwise(points)), default=0)


def _check_stripe(case: Case) -> None:
    # 6.7
    for seen, record in case.readable():
        told = record.predicate.data.get("date")
        if not record.predicate.kind.startswith("stripe.") or told is None:
            continue
        try:
            at = int(parsedate_to_datetime(told).timestamp())
        except (TypeError, ValueError, AttributeError):
            case.found(_STEP, Code.CLAIM, f"got no HTTP date in {told!r}", record=seen.position)
            continue
        if abs(at - seen.captured_at) > SKEW_S:
            text = f"Stripe's clock says {_text(at)} and golive's {_text(seen.captured_at)}"
            case.found(_STEP, Code.CLAIM, text, record=seen.position)


def _first_tokens(case: Case) -> list[int | None]:
    """For each record the first token that is over it."""
    found: list[int | None] = [None] * len(case.seen)
    earliest: int | None = None
    waiting = sorted(case.tokens, key=lambda token: token.size)
    for position in reversed(range(len(case.seen))):
        while waiting and waiting[-1].size > position:
            at = waiting.pop().at
            earliest = at if earliest is None else min(earliest, at)
        found[position] = earliest
    return found


def _each_run(
    case: Case,
    wrong: list[Seen],
    code: Code,
    text: Callable[[Seen], str],
    severity: Severity = Severity.FAIL,
) -> None:
    """One finding for records that follow each other: a whole log that is wrong is one thing to read."""
    runs: list[list[Seen]] = []
    for one in wrong:
        if runs and runs[-1][-1].position == one.position - 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    for run in runs:
        more = f", and so are the {len(run) - 1} after it" if len(run) > 1 else ""
        case.found(_STEP, code, text(run[0]) + more, record=run[0].position, severity=severity)


def _apart(how: str, one: Seen, token: int) -> str:
    return f"it is of {_text(one.recorded_at)}, {how} a token of {_text(token)}"


def _text(at: int) -> str:
    return time_text(datetime.fromtimestamp(at, UTC))
