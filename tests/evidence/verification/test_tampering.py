"""Who can change what without being seen: each attack, by what the auditor brings.

An attacker always makes the lists of files anew. What cannot be seen is no pass: without a receipt, a key or
a root the result is CONSISTENT-ONLY, because of exactly these attacks. The small program must agree.
"""

from __future__ import annotations

import json
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.canonical import read
from evidence.canonical import written as spelled
from evidence.envelope import opened, seal
from evidence.keys import Keys
from evidence.layout import note_name, record_name, token_name
from evidence.record import Kind
from evidence.tree import leaf_hash
from evidence.verification.report import Code, Exit, Severity
from tests.evidence.auditing import Auditor, Files, packed, relisted, renumbered, unpacked, written
from tests.evidence.authority import Authority
from tests.evidence.sealed import START, Sealed, balance, end, tell, tell_on

GO_HEAD = 10
"""How many records the head over the GO is over."""
EVENT = 13
CHARGE = 12
FULL, NO_RECEIPT, NOTHING = "full", "no receipt", "nothing pinned"


Seen = frozenset[tuple[int, Code]]
STEPS = {
    1: (Code.UNLISTED,),
    3: (Code.ENVELOPE, Code.SIGNATURE, Code.TYPE, Code.INDEX, Code.PREV, Code.BLOB),
    4: (Code.LEAVES, Code.CHECKPOINT, Code.ROOT),
    5: (Code.TRUNCATED, Code.REWRITTEN),
    6: (Code.TOKEN, Code.BACKWARDS, Code.BACKDATED, Code.LATE, Code.UNANCHORED),
    7: (Code.PLAN, Code.CLOSE),
}
STEP_OF = {code: step for step, codes in STEPS.items() for code in codes}


@dataclass(frozen=True)
class Attack:
    """What is done, and what each auditor must find; nothing where it cannot be seen."""

    forged: Callable[[Stage], Path]
    full: Seen
    no_receipt: Seen
    nothing: Seen
    is_open: bool = False
    exits: Mapping[str, Exit] = field(default_factory=dict)
    """Where it is not FAILED for what is found, and CONSISTENT-ONLY for nothing."""


@dataclass(frozen=True)
class Stage:
    """What an attacker may have in hand, whether they should or not."""

    honest: Sealed
    other_keys: Keys
    strangers: tuple[Authority, ...]
    path: Path

    def files(self) -> Files:
        """The honest bundle, unpacked."""
        return unpacked(written(self.honest, self.path))

    def packed(self, files: Files) -> Path:
        """What is handed to the auditor."""
        return packed(files, self.path)

    def records(self) -> list[bytes]:
        """The honest records."""
        return [one.envelope for one in self.honest.log.kept]


def _edited(stage: Stage) -> Path:
    files = stage.files()
    envelope = json.loads(files[record_name(EVENT)])
    payload = b64decode(envelope["payload"]).replace(b"coordinator", b"coordinatar")
    files[record_name(EVENT)] = spelled({**envelope, "payload": b64encode(payload).decode()})
    return stage.packed(relisted(files))


def _extra_field(stage: Stage) -> Path:
    files = stage.files()
    files[record_name(EVENT)] = spelled({**json.loads(files[record_name(EVENT)]), "note": "1"})
    return stage.packed(relisted(files))


def _repeated_name(stage: Stage) -> Path:
    files = stage.files()
    twice = b'{"payloadType":"application/vnd.in-toto+json",'
    files[record_name(EVENT)] = files[record_name(EVENT)].replace(b"{", twice, 1)
    return stage.packed(relisted(files))


def _edited_blob(stage: Stage) -> Path:
    files = stage.files()
    files[f"data/blobs/{stage.honest.subject(4)}"] = balance(99)
    return stage.packed(files)


def _deleted_blob(stage: Stage) -> Path:
    files = stage.files()
    del files[f"data/blobs/{stage.honest.subject(4)}"]
    return stage.packed(files)


def _reordered(stage: Stage) -> Path:
    records = stage.records()
    records[CHARGE], records[EVENT] = records[EVENT], records[CHARGE]
    return stage.packed(renumbered(stage.files(), records))


def _deleted(stage: Stage) -> Path:
    records, files = stage.records(), stage.files()
    del records[CHARGE], files[f"data/blobs/{stage.honest.subject(CHARGE)}"]
    return stage.packed(renumbered(files, records))


def _truncated(stage: Stage) -> Path:
    return written(stage.honest.fork(GO_HEAD), stage.path)


def _with_stranger(stage: Stage, keys: Keys) -> Path:
    return written(tell(replace(_blank(stage), keys=keys, authorities=stage.strangers)), stage.path)


def _replaced_log_key(stage: Stage) -> Path:
    own = stage.honest.keys
    return _with_stranger(stage, Keys(recorder=own.recorder, log=stage.other_keys.log))


def _replaced_both_keys(stage: Stage) -> Path:
    return _with_stranger(stage, stage.other_keys)


def _replaced_recorder_key(stage: Stage) -> Path:
    """Every record signed anew by another recorder's key, whose name is put into the genesis."""
    leaves: dict[int, str] = {}
    records, before = [], ""
    for one in stage.honest.log.kept:
        told = read(opened(one.envelope).payload)
        told["predicate"]["log"]["prev"] = before
        data = told["predicate"]["data"]
        if one.index == 0:
            data["recorder"] = stage.other_keys.recorder_spki
        for cited in [*data.get("evidence", ()), *([data["of"]] if "of" in data else ())]:
            cited["leaf"] = leaves[cited["index"]]
        records.append(seal(spelled(told), stage.other_keys.recorder))
        before = leaves[one.index] = leaf_hash(records[-1]).hex()
    return stage.packed(renumbered(stage.files(), records))


def _forged_one(stage: Stage) -> Path:
    records = stage.records()
    told = read(opened(records[CHARGE]).payload)
    told["predicate"]["actor"]["role"] = "somebody"
    records[CHARGE] = seal(spelled(told), stage.honest.keys.recorder)
    return stage.packed(renumbered(stage.files(), records))


def _clock_set_back(stage: Stage) -> Path:
    """The honest log itself, from a host that lies about the time once."""
    sealed = stage.honest
    sealed.__dict__.update(replace(_blank(stage)).__dict__)
    sealed.begin()
    sealed.now -= timedelta(hours=1)
    sealed.turn_back()
    sealed.add(Kind.EVENT, spelled({"what": "earlier"}))
    sealed.now += timedelta(hours=1)
    return written(tell_on(sealed), stage.path)


def _invented(stage: Stage) -> Path:
    days = timedelta(days=3)
    return written(tell(replace(_blank(stage), now=START - days, stamped_later=days), cents=1), stage.path)


def _rewritten_later(stage: Stage) -> Path:
    fork = replace(stage.honest.fork(3), stamped_later=timedelta(days=2))
    return written(_tidied(tell_on(fork, cents=1)), stage.path)


def _rewritten_with_authority(stage: Stage) -> Path:
    return written(_tidied(tell_on(stage.honest.fork(3), cents=1)), stage.path)


def _dropped_no_go(stage: Stage) -> Path:
    return written(_tidied(end(stage.honest.fork(16), ())), stage.path)


def _stripped_last(stage: Stage) -> Path:
    files = stage.files()
    for name in _last_tokens(stage):
        del files[name]
    return stage.packed(files)


def _stripped_named(stage: Stage) -> Path:
    files = stage.files()
    del files[token_name(GO_HEAD, "first")]
    return stage.packed(files)


def _swapped(stage: Stage) -> Path:
    files = stage.files()
    for name in _last_tokens(stage):
        files[name] = stage.honest.tokens[GO_HEAD, "first"]
    return stage.packed(files)


def _replaced_tokens(stage: Stage) -> Path:
    files, note = stage.files(), stage.honest.notes[stage.honest.size]
    for name in _last_tokens(stage):
        files[name] = stage.strangers[0].stamp(note, stage.honest.now)
    return stage.packed(files)


def _replayed(stage: Stage) -> Path:
    return written(tell(replace(_blank(stage), origin="golive.example/run-2025-03-k2")), stage.path)


def _unlisted(stage: Stage) -> Path:
    files = stage.files()
    bundle = stage.packed(files)
    folder = bundle.parent / "folder"
    with zipfile.ZipFile(bundle) as bag:
        bag.extractall(folder)
    (folder / "golive-evidence" / "data" / "view" / "more.html").write_bytes(b"<p>GO</p>")
    return folder


def _edited_plan(stage: Stage) -> Path:
    files = stage.files()
    files["data/plan.json"] = files["data/plan.json"].replace(b'"required":true', b'"required":false')
    return stage.packed(files)


def _edited_leaves(stage: Stage) -> Path:
    files = stage.files()
    files["data/leaves.txt"] = files["data/leaves.txt"].replace(b"a", b"b")
    return stage.packed(files)


def _dropped_head(stage: Stage) -> Path:
    files = stage.files()
    del files[note_name(stage.honest.size)]
    for name in _last_tokens(stage):
        del files[name]
    return stage.packed(files)


def _of(*codes: Code) -> Seen:
    return frozenset((STEP_OF[code], code) for code in codes)


UNSEEN = _of()
TREE = (Code.ROOT,)
ATTACKS: Mapping[str, Attack] = {
    "edit a record without a key": Attack(
        _edited,
        _of(Code.SIGNATURE, Code.PREV, Code.REWRITTEN, *TREE),
        _of(Code.SIGNATURE, Code.PREV, *TREE),
        _of(Code.SIGNATURE, Code.PREV, *TREE),
    ),
    "one more field in an envelope": Attack(
        _extra_field,
        _of(Code.ENVELOPE, Code.REWRITTEN, *TREE),
        _of(Code.ENVELOPE, *TREE),
        _of(Code.ENVELOPE, *TREE),
    ),
    "a name twice in an envelope": Attack(
        _repeated_name,
        _of(Code.ENVELOPE, Code.REWRITTEN, *TREE),
        _of(Code.ENVELOPE, *TREE),
        _of(Code.ENVELOPE, *TREE),
    ),
    "edit a blob": Attack(_edited_blob, _of(Code.BLOB), _of(Code.BLOB), _of(Code.BLOB)),
    "delete a blob": Attack(_deleted_blob, _of(Code.BLOB), _of(Code.BLOB), _of(Code.BLOB)),
    "reorder two records": Attack(
        _reordered,
        _of(Code.INDEX, Code.PREV, Code.REWRITTEN, Code.BACKWARDS, *TREE),
        _of(Code.INDEX, Code.PREV, Code.BACKWARDS, *TREE),
        _of(Code.INDEX, Code.PREV, *TREE),
    ),
    "delete a record in the middle": Attack(
        _deleted,
        _of(Code.INDEX, Code.PREV, Code.TRUNCATED, Code.UNANCHORED, *TREE),
        _of(Code.INDEX, Code.PREV, Code.UNANCHORED, *TREE),
        _of(Code.INDEX, Code.PREV, *TREE),
    ),
    "truncate at an older genuine head": Attack(
        _truncated, _of(Code.TRUNCATED, Code.CLOSE), _of(Code.CLOSE), _of(Code.CLOSE)
    ),
    "the same where no close is required": Attack(
        _truncated, _of(Code.TRUNCATED), UNSEEN, UNSEEN, is_open=True
    ),
    "replace the log's key, sign all anew": Attack(
        _replaced_log_key,
        _of(Code.CHECKPOINT, Code.REWRITTEN, Code.TOKEN),
        _of(Code.CHECKPOINT, Code.TOKEN),
        UNSEEN,
    ),
    "replace both keys, sign all anew": Attack(
        _replaced_both_keys,
        _of(Code.CHECKPOINT, Code.REWRITTEN, Code.TOKEN),
        _of(Code.CHECKPOINT, Code.TOKEN),
        UNSEEN,
    ),
    "another recorder's key under genuine heads": Attack(
        _replaced_recorder_key,
        _of(Code.REWRITTEN, Code.UNANCHORED, *TREE),
        _of(Code.UNANCHORED, *TREE),
        _of(*TREE),
    ),
    "one record forged by the stolen recorder's key": Attack(
        _forged_one,
        _of(Code.PREV, Code.REWRITTEN, *TREE),
        _of(Code.PREV, *TREE),
        _of(Code.PREV, *TREE),
    ),
    "the host's clock set back for one record": Attack(
        _clock_set_back, _of(Code.BACKDATED), _of(Code.BACKDATED), _of(Code.BACKWARDS)
    ),
    "the whole log swapped, with invented dates": Attack(
        _invented, _of(Code.REWRITTEN, Code.LATE), _of(Code.LATE), UNSEEN
    ),
    "rewritten later by an insider": Attack(
        _rewritten_later, _of(Code.REWRITTEN, Code.BACKDATED), _of(Code.BACKDATED), UNSEEN
    ),
    "rewritten by an insider and the authority": Attack(
        _rewritten_with_authority, _of(Code.REWRITTEN), UNSEEN, UNSEEN
    ),
    "the last NO-GO dropped, closed again in minutes": Attack(
        _dropped_no_go, _of(Code.TRUNCATED), UNSEEN, UNSEEN
    ),
    "strip the last tokens": Attack(
        _stripped_last,
        _of(Code.UNANCHORED),
        _of(Code.UNANCHORED),
        UNSEEN,
        exits={FULL: Exit.GAPS, NO_RECEIPT: Exit.CONSISTENT},
    ),
    "strip a token that a record names": Attack(
        _stripped_named, _of(Code.TOKEN), _of(Code.TOKEN), _of(Code.TOKEN)
    ),
    "swap the last tokens": Attack(_swapped, _of(Code.TOKEN), _of(Code.TOKEN), UNSEEN),
    "replace the last tokens by a stranger's": Attack(
        _replaced_tokens, _of(Code.TOKEN), _of(Code.TOKEN), UNSEEN
    ),
    "another run's bundle, by the same keys": Attack(
        _replayed,
        _of(Code.TYPE, Code.CHECKPOINT, Code.REWRITTEN, Code.UNANCHORED),
        _of(Code.TYPE, Code.CHECKPOINT, Code.UNANCHORED),
        UNSEEN,
    ),
    "another bundle for another auditor": Attack(
        _rewritten_with_authority, _of(Code.REWRITTEN), UNSEEN, UNSEEN
    ),
    "a file that is not listed": Attack(
        _unlisted, _of(Code.UNLISTED), _of(Code.UNLISTED), _of(Code.UNLISTED)
    ),
    "edit the plan": Attack(_edited_plan, _of(Code.PLAN), _of(Code.PLAN), _of(Code.PLAN)),
    "edit the list of leaves": Attack(_edited_leaves, _of(Code.LEAVES), _of(Code.LEAVES), _of(Code.LEAVES)),
    "drop the newest head": Attack(
        _dropped_head, _of(Code.CHECKPOINT), _of(Code.CHECKPOINT), _of(Code.CHECKPOINT)
    ),
}


@pytest.fixture
def stage(launch: Sealed, other_keys: Keys, bundle: Path) -> Stage:
    return Stage(launch, other_keys, (Authority("first"), Authority("second")), bundle)


@pytest.mark.parametrize("brought", [FULL, NO_RECEIPT, NOTHING])
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_found_by_who_brings_enough_and_never_passes(
    stage: Stage, name: str, brought: str
) -> None:
    attack = ATTACKS[name]
    forged = attack.forged(stage)
    everything = replace(Auditor.of(stage.honest), is_open=attack.is_open)
    auditor, codes = {
        FULL: (everything, attack.full),
        NO_RECEIPT: (everything.without_receipt, attack.no_receipt),
        NOTHING: (everything.with_nothing, attack.nothing),
    }[brought]

    report = auditor.verify(forged)

    against = {
        (one.step, one.code) for one in report.findings if one.severity in {Severity.FAIL, Severity.GAP}
    }
    assert codes <= against
    assert bool(codes) == bool(against), report.text()
    usual = Exit.FAILED if codes else Exit.CONSISTENT
    assert attack.exits.get(brought, usual) == report.exit
    assert report.exit == auditor.verify_min(forged)


@pytest.mark.parametrize("brought", [FULL, NO_RECEIPT, NOTHING])
def test_a_lawful_erasure_passes_and_is_named(stage: Stage, brought: str) -> None:
    sealed = stage.honest
    sealed.__dict__.update(_blank(stage).__dict__)
    sealed.begin()
    sealed.erase(sealed.add(Kind.COMMAND, b"4 passed\n", media="text/plain"))
    bundle = written(tell_on(sealed), stage.path)
    everything = Auditor.of(sealed)
    auditor, expected = {
        FULL: (everything, Exit.VERIFIED),
        NO_RECEIPT: (everything.without_receipt, Exit.CONSISTENT),
        NOTHING: (everything.with_nothing, Exit.CONSISTENT),
    }[brought]

    report = auditor.verify(bundle)

    assert expected == report.exit
    assert [3] == [one.record for one in report.findings if one.code is Code.ERASED]
    assert report.exit == auditor.verify_min(bundle)


def _blank(stage: Stage) -> Sealed:
    """A log of the same name and keys with nothing in it yet."""
    return Sealed(keys=stage.honest.keys, authorities=stage.honest.authorities)


def _tidied(sealed: Sealed) -> Sealed:
    """Without the blobs that only the honest records had."""
    used = {sealed.subject(place) for place in range(sealed.size)}
    return replace(sealed, blobs={digest: data for digest, data in sealed.blobs.items() if digest in used})


def _last_tokens(stage: Stage) -> list[str]:
    return [token_name(stage.honest.size, one.name) for one in stage.honest.authorities]
