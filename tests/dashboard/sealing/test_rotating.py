"""A recorder's key is replaced while a log is open, and no kill in between leaves it in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.launch.event import What
from dashboard.sealing.rotating import rotate
from evidence.contents import Rotation, content
from evidence.envelope import EnvelopeError, opened
from evidence.keys import NEXT_FILE, load_next_recorder, public_key, replace_recorder, spki_of
from evidence.log import LogError
from evidence.record import Kind
from tests.dashboard.sealed_run import SealedRun, sealed_run


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[SealedRun]:
    with sealed_run(tmp_path) as found:
        yield found


def spki(sealed: SealedRun) -> str:
    return sealed.seal.ring.keys().recorder_spki


def rotations(sealed: SealedRun) -> list[str]:
    return [content(each.predicate.data, Rotation).recorder for each in sealed.records(Kind.KEY_ROTATE)]


def test_the_old_key_signs_the_rotation_and_the_new_one_what_comes_after(sealed: SealedRun) -> None:
    old = spki(sealed)

    done = rotate(sealed.store, sealed.seal, sealed.clock)
    sealed.happen(What.STARTED)

    *_, rotated, started = sealed.store.evidence.records(sealed.run.id)
    assert ([done.recorder], (sealed.run.id,)) == (rotations(sealed), done.runs)
    assert done.recorder == spki(sealed) != old
    opened(rotated.envelope).check(public_key(old))
    opened(started.envelope).check(public_key(done.recorder))
    with pytest.raises(EnvelopeError):
        opened(started.envelope).check(public_key(old))


def test_a_sealer_that_runs_meanwhile_goes_on(sealed: SealedRun) -> None:
    running = sealed.sealer()
    rotate(sealed.store, sealed.seal, sealed.clock)
    sealed.happen(What.STARTED)

    running.step()

    assert ["event/1"] == [each.predicate.key for each in sealed.records(Kind.EVENT)]


def test_killed_before_the_record_it_goes_on_with_the_key_that_was_made(sealed: SealedRun) -> None:
    made = spki_of(replace_recorder(sealed.seal.ring.folder))

    done = rotate(sealed.store, sealed.seal, sealed.clock)

    assert made == done.recorder == spki(sealed)
    assert [made] == rotations(sealed)


def killed_before_the_end(sealed: SealedRun, monkeypatch: pytest.MonkeyPatch) -> str:
    with monkeypatch.context() as patched:

        def kill(_: Path) -> None:
            raise KeyboardInterrupt

        patched.setattr("dashboard.sealing.rotating.promote_recorder", kill)
        with pytest.raises(KeyboardInterrupt):
            rotate(sealed.store, sealed.seal, sealed.clock)
    return spki_of(load_next_recorder(sealed.seal.ring.folder))


def test_killed_after_the_record_it_is_put_in_place_and_recorded_once(
    sealed: SealedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = killed_before_the_end(sealed, monkeypatch)
    sealed.now += timedelta(seconds=9)

    done = rotate(sealed.store, sealed.seal, sealed.clock)

    assert following == done.recorder == spki(sealed)
    assert [following] == rotations(sealed)
    assert not (sealed.seal.ring.folder / NEXT_FILE).exists()


def test_between_the_record_and_the_new_place_of_the_key_sealing_goes_on_with_it(
    sealed: SealedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = killed_before_the_end(sealed, monkeypatch)

    sealed.happen(What.STARTED)

    *_, started = sealed.store.evidence.records(sealed.run.id)
    opened(started.envelope).check(public_key(following))


def test_a_closed_log_is_left_alone(sealed: SealedRun) -> None:
    sealed.happen(What.STARTED)
    sealed.happen(What.CLOSED, after="closed")
    old = spki(sealed)

    done = rotate(sealed.store, sealed.seal, sealed.clock)

    assert ((), []) == (done.runs, rotations(sealed))
    assert old != spki(sealed)


def test_a_key_that_is_not_the_logs_is_not_rotated_away(sealed: SealedRun) -> None:
    folder = sealed.seal.ring.folder
    replace_recorder(folder)
    (folder / NEXT_FILE).replace(folder / "recorder.pem")
    stray = spki(sealed)

    with pytest.raises(LogError, match="another recorder's key"):
        rotate(sealed.store, sealed.seal, sealed.clock)

    assert stray == spki(sealed)
    assert [] == rotations(sealed)
