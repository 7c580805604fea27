"""A bundle alone is enough to judge a run again, and what was altered in it comes to something else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dashboard.cli import app
from dashboard.launch.event import What
from dashboard.launch.judge import Policy
from dashboard.launch.plan_file import LoadedPlan, load_plan
from dashboard.launch.replay import Replayed
from dashboard.sealing.exporting import export
from dashboard.sealing.unsealing import AlteredError, UnsealError, replay_bundle
from evidence.bag import Part, write_bag
from evidence.container import opened
from evidence.layout import blob_name, record_name
from evidence.record import Kind
from evidence.redaction import find_secret
from tests.cast import answer
from tests.dashboard.launched import LOADED, Launched, live
from tests.dashboard.sealed_run import SealedRun, sealed_run

OTHER = load_plan(LOADED.text + "# Once more.\n", scan=find_secret)


@dataclass(slots=True)
class Judged(Launched):
    """A desk that judges by whichever plan the run has."""

    loaded: LoadedPlan = LOADED

    def policy(self) -> Policy:
        return Policy.of(
            self.loaded.plan,
            plan_sha256=self.loaded.sha256,
            run=self.run.id,
            attempt=self.run.attempt,
            environment=self.run.environment,
        )

    def seconds(self, count: int, *, red: int = -1) -> None:
        """So many seconds in which everything answers; Stripe is not live in one of them."""
        recorder = self.recorder()
        for second in range(count):
            self.see(recorder, live(second != red), answer("ledger.balance", elapsed_ms=5 + second, ok=True))


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[SealedRun]:
    with sealed_run(tmp_path / "own") as found:
        yield found


@pytest.fixture
def desk(sealed: SealedRun) -> Judged:
    return Judged(store=sealed.store, run=sealed.run, lease=sealed.lease)


def seal(sealed: SealedRun, desk: Judged) -> None:
    sealed.now = desk.now
    sealed.sealer().step()


def lived(sealed: SealedRun, desk: Judged) -> int:
    """Judged, started, red for a while, restarted and closed; sealed in pieces. How often it was judged."""
    desk.seconds(6)
    desk.happen(What.STARTED, after="counting")
    desk.seconds(6, red=3)
    seal(sealed, desk)
    desk.now += timedelta(seconds=61)
    desk.seconds(5)
    seal(sealed, desk)
    desk.happen(What.CLOSED, after="closed")
    seal(sealed, desk)
    return desk.board().evaluation


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bundle.zip"


def exported(sealed: SealedRun, file: Path) -> Path:
    with file.open("wb") as out:
        origin = sealed.sealer().log.origin
        export(sealed.store, sealed.run, sealed.seal.blobs, sealed.seal.heads(origin), out)
    return file


def repacked(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The bundle with other files in it, and manifests to go with them."""
    with opened(file) as container:
        files = {name: container.read(name) for name in container.sizes if name.startswith("data/")}
    change(files)
    with file.open("wb") as out:
        write_bag([Part.of(name, data) for name, data in files.items()], out)
    return file


def inputs_of(sealed: SealedRun) -> list[str]:
    return [each.subject[0].digest.sha256 for each in sealed.records(Kind.INPUTS)]


def test_every_verdict_is_reproduced_from_the_bundle_alone(
    sealed: SealedRun, desk: Judged, file: Path, tmp_path: Path
) -> None:
    count = lived(sealed, desk)
    exported(sealed, file)
    assert len(inputs_of(sealed)) > 1
    (tmp_path / "own").rename(tmp_path / "gone")

    found = replay_bundle(file)

    assert count >= 17
    assert Replayed(reproduced=count, unprovable=0, difference=None) == found.outcome
    assert (1, "rehearsal") == (found.run, found.environment)


def test_after_a_change_of_plans_each_stretch_is_judged_by_its_own(
    sealed: SealedRun, desk: Judged, file: Path
) -> None:
    desk.seconds(3)
    desk.happen(What.STARTED, after="counting")
    sealed.store.open_run(plan_id=OTHER.plan.id, plan_sha256=OTHER.sha256, plan_toml=OTHER.text, now=desk.now)
    desk.happen(What.PLAN_CHANGED, OTHER.sha256, after=OTHER.sha256)
    desk.loaded = OTHER
    desk.seconds(3)
    seal(sealed, desk)

    found = replay_bundle(exported(sealed, file)).outcome

    changed = next(each for each in sealed.records(Kind.EVENT) if each.predicate.method.how == "plan changed")
    assert [OTHER.sha256] == [each.digest.sha256 for each in changed.subject if each.name == "plan.toml"]
    assert Replayed(reproduced=desk.board().evaluation, unprovable=0, difference=None) == found


def altered(data: bytes) -> bytes:
    """One answer of Stripe turned from red to green, its line as canonical as before."""
    lines = data.splitlines()
    number = next(n for n, line in enumerate(lines) if b'livemode\\":false' in line)
    lines[number] = lines[number].replace(b'livemode\\":false', b'livemode\\":true')
    return b"\n".join(lines) + b"\n"


def test_an_answer_that_its_record_does_not_vouch_for_is_noticed(
    sealed: SealedRun, desk: Judged, file: Path
) -> None:
    lived(sealed, desk)
    exported(sealed, file)
    names = [blob_name(each) for each in inputs_of(sealed)]

    def change(files: dict[str, bytes]) -> None:
        name = next(name for name in names if b'livemode\\":false' in files[name])
        files[name] = altered(files[name])

    with pytest.raises(AlteredError, match=r"got another blob than record \d+ vouches for"):
        replay_bundle(repacked(file, change))


def test_an_answer_that_was_altered_before_it_was_sealed_comes_to_another_board(
    sealed: SealedRun, desk: Judged, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = type(sealed.seal.blobs).put

    def forge(self: object, data: bytes) -> str:
        return put(self, altered(data) if b'livemode\\":false' in data else data)  # type: ignore[arg-type]

    monkeypatch.setattr(type(sealed.seal.blobs), "put", forge)
    lived(sealed, desk)
    red = next(n for n in range(1, 18) if board(sealed, n) == "NO_GO")

    found = replay_bundle(exported(sealed, file)).outcome

    assert found.difference is not None
    assert (red - 1, red) == (found.reproduced, found.difference.evaluation)
    assert "the verdict was recorded as NO_GO and recomputed as " in found.difference.what


def board(sealed: SealedRun, number: int) -> str:
    found = sealed.store.board(sealed.run.id, number)
    assert found is not None
    return found.board.verdict.value


def test_inputs_that_were_erased_prove_nothing_and_differ_in_nothing(
    sealed: SealedRun, desk: Judged, file: Path
) -> None:
    count = lived(sealed, desk)
    exported(sealed, file)
    first, *_ = sealed.records(Kind.INPUTS)
    last = first.predicate.data["last_evaluation"]
    second = blob_name(inputs_of(sealed)[1])

    found = replay_bundle(repacked(file, lambda files: files.__delitem__(second))).outcome

    assert Replayed(reproduced=last, unprovable=count - last, difference=None) == found


def test_a_run_of_which_no_inputs_were_sealed_reproduces_nothing(sealed: SealedRun, file: Path) -> None:
    found = replay_bundle(exported(sealed, file)).outcome

    assert Replayed(reproduced=0, unprovable=0, difference=None) == found


def test_what_is_no_bundle_cannot_be_judged_again(tmp_path: Path, file: Path) -> None:
    file.write_bytes(b"no bundle at all")

    with pytest.raises(UnsealError, match="golive verify says more"):
        replay_bundle(file)
    with pytest.raises(FileNotFoundError):
        replay_bundle(tmp_path / "nowhere.zip")


def test_a_record_that_does_not_read_as_one_is_named(sealed: SealedRun, file: Path) -> None:
    exported(sealed, file)

    with pytest.raises(AlteredError, match="golive verify says where"):
        replay_bundle(repacked(file, lambda files: files.update({record_name(0): b"{}"})))


@pytest.mark.parametrize("line", [b'{"sample":1}', b'{"evaluation":1}', b"[]", b'{"sample":"x","content":1}'])
def test_inputs_that_do_not_read_as_such_are_named(
    sealed: SealedRun, desk: Judged, file: Path, monkeypatch: pytest.MonkeyPatch, line: bytes
) -> None:
    put = type(sealed.seal.blobs).put

    def forge(self: object, data: bytes) -> str:
        return put(self, line + b"\n" if b'"board_sha256"' in data else data)  # type: ignore[arg-type]

    monkeypatch.setattr(type(sealed.seal.blobs), "put", forge)
    lived(sealed, desk)

    with pytest.raises(AlteredError, match="that do not read as such"):
        replay_bundle(exported(sealed, file))


# ---------------------------------------------------------------- the command


def golive(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_the_command_says_how_much_was_reproduced_and_that_nothing_was_verified(
    sealed: SealedRun, desk: Judged, file: Path
) -> None:
    count = lived(sealed, desk)
    exported(sealed, file)

    told, as_json = golive("replay", "--bundle", str(file)), golive("replay", "--bundle", str(file), "--json")

    assert (0, f"run 1 reproduced, {count} evaluations\n") == (told.exit_code, told.stdout)
    assert f"`golive verify {file}` tells\n" in told.stderr
    assert {"run": 1, "reproduced": count, "unprovable": 0, "difference": None} == json.loads(as_json.stdout)


def test_the_command_ends_with_1_where_something_differs_and_with_3_where_nothing_is_proven(
    sealed: SealedRun, desk: Judged, file: Path
) -> None:
    nothing = golive("replay", "--bundle", str(exported(sealed, file)))
    lived(sealed, desk)
    exported(sealed, file)
    name = blob_name(inputs_of(sealed)[0])
    repacked(file, lambda files: files.update({name: re.sub(b'"GO"', b'"HOLD"', files[name]) + b"\n"}))
    differs = golive("replay", "--bundle", str(file))
    missing = golive("replay", "--bundle", "nowhere.zip")
    both = golive("replay", "3", "--bundle", str(file))

    assert (3, 1, 3, 2) == (nothing.exit_code, differs.exit_code, missing.exit_code, both.exit_code)
    assert "nothing could be recomputed, so nothing is proven\n" in nothing.stderr
    assert "golive verify" in differs.stderr


def test_a_bundle_says_which_evaluations_it_holds_of_those_that_the_store_has(
    sealed: SealedRun, desk: Judged, file: Path, tmp_path: Path
) -> None:
    desk.seconds(4)
    desk.now += timedelta(minutes=61)
    desk.seconds(5)
    desk.happen(What.STARTED, after="counting")
    desk.seconds(3)
    desk.happen(What.CLOSED, after="closed")
    seal(sealed, desk)
    desk.seconds(2)

    told = CliRunner().invoke(app, ["replay", "--bundle", str(exported(sealed, file))])
    stored = CliRunner().invoke(app, ["replay", "--data-dir", str(tmp_path / "own")])

    (held,) = re.findall(r"the bundle holds evaluations (\d+) to (\d+): from an hour before T-0", told.stderr)
    first, last = map(int, held)
    assert f"run 1 reproduced, {last - first + 1} evaluations\n" == told.stdout
    assert 1 < first < last < desk.board().evaluation
    assert f"run 1 reproduced, {desk.board().evaluation} evaluations\n" == stored.stdout
