"""`golive evidence` does from a shell what the Evidence page does: as one role, and through the same gate."""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import Result

from dashboard.evidence_room import EvidenceRoom
from dashboard.launch.event import What
from dashboard.launch.evidence_view import Attest
from dashboard.launch.proof import ItemState
from evidence.image import sanitised
from evidence.record import Kind, Record
from tests.cast import person
from tests.dashboard.commands.conftest import Golive
from tests.dashboard.sealed_run import SealedRun, sealed_run, with_items
from tests.evidence.sealed import png

ITEMS = """
[evidence]

[[evidence.items]]
id = "page"
title = "The page"
kind = "screenshot"
proves = "It is there."
system = "student_pilot"
owner = "coordinator"
to_min = 60

[[evidence.items]]
id = "pods"
title = "The pods"
kind = "command"
proves = "They run."
system = "cluster"
owner = "api_lead"
to_min = 60
"""
KEY = "sk_" + "live_" + "c" * 24

Evidence = Callable[..., Result]


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[SealedRun]:
    with sealed_run(tmp_path, with_items(ITEMS)) as found:
        yield found


@pytest.fixture
def evidence(golive: Golive, tmp_path: Path) -> Evidence:
    def ask(*words: str, **settings: str) -> Result:
        cut = words.index("--") if "--" in words else len(words)
        return golive("evidence", *words[:cut], "--data-dir", str(tmp_path), *words[cut:], **settings)

    return ask


@pytest.fixture
def picture(tmp_path: Path) -> str:
    file = tmp_path / "page.png"
    file.write_bytes(png())
    return str(file)


def items(evidence: Evidence) -> dict[str, str]:
    told = json.loads(evidence("list", "--json").stdout)
    return {each["id"]: each["state"] for each in told["items"]}


def run_python(evidence: Evidence, code: str, *words: str, **settings: str) -> Result:
    return evidence(
        "command", "pods", "--as", "api_lead", *words, "--", sys.executable, "-c", code, **settings
    )


def newest(sealed: SealedRun) -> Record:
    return sealed.records()[-1]


def blob(sealed: SealedRun, record: Record, name: str) -> bytes:
    digest = next(each.digest.sha256 for each in record.subject if each.name == name)
    stream = sealed.seal.blobs.open(digest)
    assert stream is not None
    with stream:
        return stream.read()


@pytest.mark.usefixtures("sealed")
def test_items_are_listed_with_how_many_are_proven(evidence: Evidence) -> None:
    told = evidence("list")

    assert (1, "") == (told.exit_code, told.stderr)
    assert "0 of 2 required items are proven\n" in told.stdout
    assert {"page": "open", "pods": "open"} == items(evidence)


def test_a_picture_counts_once_somebody_else_has_looked_and_all_is_proven_then(
    sealed: SealedRun, evidence: Evidence, picture: str
) -> None:
    added = evidence("add", "page", picture, "--as", "coordinator", "--attest")
    index = newest(sealed).predicate.log.index
    before = items(evidence)["page"]
    own = evidence("review", str(index), "--as", "coordinator", "--accept")
    reviewed = evidence("review", str(index), "--as", "finance", "--accept")
    run_python(evidence, "print('3 pods run')")

    told = evidence("list")

    assert (0, f"Recorded as record {index}. It counts once somebody else has looked at it.\n") == (
        added.exit_code,
        added.stdout,
    )
    assert ItemState.IN_REVIEW.value == before
    assert (1, "Whoever handed it in cannot review it; somebody else has to look.\n") == (
        own.exit_code,
        own.stderr,
    )
    assert (0, f"Record {index} is accepted.\n") == (reviewed.exit_code, reviewed.stdout)
    assert 0 == told.exit_code
    assert "2 of 2 required items are proven\n" in told.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("page", "{}", "--as", "coordinator"), "All four must hold before a picture is taken"),
        (("page", "{}", "--as", "viewer", "--attest"), "Viewer may not hand evidence in"),
        (("page", "{}", "--as", "coordinatr", "--attest"), 'did you mean "coordinator"?'),
        (("pods", "{}", "--as", "coordinator", "--attest"), "“The pods” is no picture"),
        (
            ("pgae", "{}", "--as", "coordinator", "--attest"),
            'There is no item "pgae" in this plan; there are p',
        ),
    ],
)
def test_a_picture_that_is_refused_leaves_nothing(
    sealed: SealedRun, evidence: Evidence, picture: str, words: tuple[str, ...], says: str
) -> None:
    told = evidence("add", *(picture if word == "{}" else word for word in words))

    assert (1, "") == (told.exit_code, told.stdout)
    assert says in told.stderr
    assert [Kind.GENESIS] == [each.predicate.kind for each in sealed.records()]


@pytest.mark.usefixtures("sealed")
def test_a_picture_that_is_not_there_cannot_be_asked_about(evidence: Evidence) -> None:
    told = evidence("add", "page", "nowhere.png", "--as", "coordinator", "--attest")

    assert (3, "cannot use nowhere.png: No such file or directory\n") == (told.exit_code, told.stderr)


def test_a_refusal_of_a_picture_needs_a_reason_and_is_shown(
    sealed: SealedRun, evidence: Evidence, picture: str
) -> None:
    evidence("add", "page", picture, "--as", "coordinator", "--attest")
    index = str(newest(sealed).predicate.log.index)

    bare = evidence("review", index, "--as", "finance", "--refuse")
    neither = evidence("review", index, "--as", "finance")
    refused = evidence("review", index, "--as", "finance", "--refuse", "--reason", "another day")

    assert (1, "To refuse a picture needs a reason.\n") == (bare.exit_code, bare.stderr)
    assert 2 == neither.exit_code
    assert (0, f"Record {index} is refused.\n") == (refused.exit_code, refused.stdout)
    assert "refused" == items(evidence)["page"]


def test_what_a_command_printed_is_kept_with_how_it_ended(sealed: SealedRun, evidence: Evidence) -> None:
    told = run_python(evidence, "import sys; print('3 pods run'); print('slowly', file=sys.stderr)")

    record = newest(sealed)
    data = record.predicate.data
    assert (0, "") == (told.exit_code, told.stderr)
    assert (Kind.COMMAND, ("pods",), "api_lead") == (
        record.predicate.kind,
        record.predicate.controls,
        record.predicate.actor.role,
    )
    assert (0, sys.executable, False) == (data["exit_code"], data["argv"][0], data["stdout_truncated"])
    assert b"3 pods run\n" == blob(sealed, record, "stdout.txt")
    assert b"slowly\n" == blob(sealed, record, "stderr.txt")
    assert sha256(Path(sys.executable).read_bytes()).hexdigest() == data["program_sha256"]
    assert "captured" == items(evidence)["pods"]


def test_a_command_that_failed_is_kept_and_proves_nothing(sealed: SealedRun, evidence: Evidence) -> None:
    told = run_python(evidence, "print('no pods'); raise SystemExit(4)")

    assert 1 == told.exit_code
    assert told.stdout.endswith("It ended with code 4, and so it proves nothing.\n")
    assert (4, ()) == (newest(sealed).predicate.data["exit_code"], newest(sealed).predicate.controls)
    assert "open" == items(evidence)["pods"]


def test_a_stream_is_cut_and_says_so(sealed: SealedRun, evidence: Evidence) -> None:
    told = run_python(evidence, "print('ten bytes\\n' * 30_000)")

    record = newest(sealed)
    assert "each stream cut to 256,000 bytes" in told.stdout
    assert 256_000 == len(blob(sealed, record, "stdout.txt"))
    assert [True, False] == [record.predicate.data[f"{name}_truncated"] for name in ("stdout", "stderr")]


def kept(sealed: SealedRun) -> list[str]:
    return sorted(file.name for file in sealed.blobs.folder.glob("??/*"))


@pytest.mark.parametrize("code", ["print({!r})", "import sys; print({!r}, file=sys.stderr)", "'{}'"])
def test_where_the_gate_finds_a_secret_nothing_is_kept(
    sealed: SealedRun, evidence: Evidence, code: str
) -> None:
    before = kept(sealed)
    halves = f"{KEY[:5]}' '{KEY[5:]}" if "print" in code else KEY
    told = run_python(evidence, code.replace("{!r}", f"'{halves}'").replace("{}", halves))

    assert (1, "") == (told.exit_code, told.stdout)
    assert 'the gate calls "Stripe key"' in told.stderr
    assert KEY not in told.stderr
    assert [Kind.GENESIS] == [each.predicate.kind for each in sealed.records()]
    assert before == kept(sealed)


@pytest.mark.usefixtures("sealed")
def test_a_command_with_a_secret_among_its_words_is_not_even_run(evidence: Evidence, tmp_path: Path) -> None:
    ran = tmp_path / "ran"

    told = run_python(evidence, f"open({str(ran)!r}, 'w') # {KEY}")

    assert 1 == told.exit_code
    assert not ran.exists()


@pytest.mark.parametrize(
    ("code", "words", "says"),
    [
        ("import time; time.sleep(600)", ("--timeout", "0.5"), "got no end within 0.5 s"),
        ("while True: print('x' * 9_999)", (), "got more than 4,000,000 bytes of output"),
    ],
)
def test_a_command_without_an_end_is_ended_and_nothing_is_kept(
    sealed: SealedRun, evidence: Evidence, code: str, words: tuple[str, ...], says: str
) -> None:
    told = run_python(evidence, code, *words)

    assert (3, "") == (told.exit_code, told.stdout)
    assert says in told.stderr
    assert [Kind.GENESIS] == [each.predicate.kind for each in sealed.records()]


@pytest.mark.usefixtures("sealed")
def test_what_a_command_leaves_running_ends_with_it(evidence: Evidence, tmp_path: Path) -> None:
    file = tmp_path / "lock"
    holds = f"import fcntl, os, signal; f = open({str(file)!r}, 'w'); fcntl.flock(f, fcntl.LOCK_EX); "

    told = run_python(evidence, holds + "os.fork() or signal.pause()")

    assert 0 == told.exit_code
    assert is_free_soon(file)


def test_output_that_something_else_still_holds_open_is_not_taken_for_all_of_it(
    sealed: SealedRun, evidence: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.commands.running.SETTLE_S", 0.2)
    end = tmp_path / "end"
    os.mkfifo(end)
    waits = f"os.setsid(), os.write(w, b'x'), open({str(end)!r}).read(), os._exit(0)"

    told = run_python(evidence, f"import os; r, w = os.pipe(); os.fork() or ({waits}); os.read(r, 1)")
    os.close(os.open(end, os.O_RDWR | os.O_NONBLOCK))

    assert (3, "") == (told.exit_code, told.stdout)
    assert "left something running with its output still open" in told.stderr
    assert [Kind.GENESIS] == [each.predicate.kind for each in sealed.records()]


def is_free_soon(file: Path) -> bool:
    until = time.monotonic() + 30
    with file.open() as opened:
        while time.monotonic() < until:
            with suppress(BlockingIOError):
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
    return False


def test_a_command_sees_none_of_golives_own_secrets(sealed: SealedRun, evidence: Evidence) -> None:
    run_python(
        evidence,
        "import os; print('GOLIVE_RECEIPTS' in os.environ, os.environ['KUBECONFIG'])",
        GOLIVE_RECEIPTS="json://127.0.0.1/hunter2",
        KUBECONFIG="somewhere",
    )

    assert b"False somewhere\n" == blob(sealed, newest(sealed), "stdout.txt")


@pytest.mark.parametrize(
    ("item", "program", "code", "says"),
    [
        ("pods", "no-such-program", 3, 'got the command "no-such-program", which is no program here'),
        ("page", "true", 1, "“The page” is shown by no command; the plan says screenshot."),
    ],
)
@pytest.mark.usefixtures("sealed")
def test_a_command_that_cannot_be_run_says_why(
    evidence: Evidence, item: str, program: str, *, code: int, says: str
) -> None:
    told = evidence("command", item, "--as", "api_lead", "--", program)

    assert (code, "") == (told.exit_code, told.stdout)
    assert says in told.stderr


def erase(
    evidence: Evidence, digest: str, role: str = "coordinator", reason: str = "subject-request"
) -> Result:
    return evidence("erase", digest, "--as", role, "--reason", reason)


@pytest.fixture
def shown(sealed: SealedRun, evidence: Evidence, picture: str) -> str:
    """The hash of a picture that counts."""
    evidence("add", "page", picture, "--as", "coordinator", "--attest")
    evidence("review", str(newest(sealed).predicate.log.index), "--as", "finance", "--accept")
    return sealed.records(Kind.SCREENSHOT)[0].subject[0].digest.sha256


def test_what_is_erased_is_gone_and_its_item_not_proven(
    sealed: SealedRun, evidence: Evidence, shown: str
) -> None:
    told, again = erase(evidence, shown), erase(evidence, shown)

    assert (0, "") == (told.exit_code, told.stderr)
    (vouching,) = (each.predicate.log.index for each in sealed.records(Kind.SCREENSHOT))
    assert f"The log of run 1 says so; its records that vouched for it: {vouching}.\n" in told.stdout
    assert sealed.seal.blobs.size(shown) is None
    assert {"blob": shown, "reason_code": "subject-request"} == newest(sealed).predicate.data
    assert "erased" == items(evidence)["page"]
    assert (1, "It was erased already.\n") == (again.exit_code, again.stderr)


def test_what_is_handed_in_again_later_can_be_erased_again(
    sealed: SealedRun, evidence: Evidence, shown: str
) -> None:
    erase(evidence, shown)
    room = EvidenceRoom(
        store=sealed.store,
        run=lambda: sealed.run,
        sealing=sealed.seal,
        clock=lambda: datetime.now(UTC) + timedelta(minutes=1),
    )
    whole = Attest(date_visible=True, system_visible=True, whole_screen=True, no_personal_data=True)
    room.hand_in(person(), "page", png(), whole)

    told = erase(evidence, shown)

    assert 0 == told.exit_code
    assert sealed.seal.blobs.size(shown) is None
    assert 2 == len(sealed.records(Kind.ERASURE))


def test_killed_between_the_record_and_the_deletion_it_is_done_by_doing_it_again(
    sealed: SealedRun, evidence: Evidence, shown: str
) -> None:
    erase(evidence, shown)
    sealed.seal.blobs.put(sanitised(png()).png)

    assert 0 == erase(evidence, shown).exit_code
    assert sealed.seal.blobs.size(shown) is None
    assert 1 == len(sealed.records(Kind.ERASURE))


@pytest.mark.parametrize(
    ("role", "reason", "says"),
    [
        ("finance", "subject-request", "Finance may not erase evidence; a chair or coordinator may."),
        ("coordinator", "Because I say so", "The reason is a short code"),
    ],
)
def test_an_erasure_that_is_refused_deletes_nothing(
    sealed: SealedRun, evidence: Evidence, shown: str, role: str, *, reason: str, says: str
) -> None:
    told = erase(evidence, shown, role, reason)

    assert (1, "") == (told.exit_code, told.stdout)
    assert says in told.stderr
    assert sealed.seal.blobs.size(shown)


def test_the_plan_and_what_nothing_vouches_for_are_not_erased(sealed: SealedRun, evidence: Evidence) -> None:
    plan = sealed.records()[0].subject[1].digest.sha256

    assert "it is the plan" in erase(evidence, plan).stderr
    assert "No record of any run vouches" in erase(evidence, "0" * 64).stderr
    assert "named by its SHA-256" in erase(evidence, plan[:12]).stderr
    assert sealed.seal.blobs.size(plan)


def test_after_the_close_nothing_is_erased_because_no_record_could_say_so(
    sealed: SealedRun, evidence: Evidence, shown: str
) -> None:
    sealed.happen(What.STARTED)
    sealed.happen(What.CLOSED, after="closed")

    told = erase(evidence, shown)

    assert 1 == told.exit_code
    assert told.stderr.startswith("The log of run 1 is closed: no record can follow that says so")
    assert sealed.seal.blobs.size(shown)


def test_without_a_store_or_without_a_log_there_is_no_answer(evidence: Evidence) -> None:
    told = evidence("list")

    assert (3, "") == (told.exit_code, told.stdout)


def test_a_plan_that_asks_for_nothing_proves_nothing(evidence: Evidence, tmp_path: Path) -> None:
    with sealed_run(tmp_path, with_items("")):
        told = evidence("list")

    assert 3 == told.exit_code
    assert "this plan requires no evidence, so nothing is proven\n" == told.stderr
