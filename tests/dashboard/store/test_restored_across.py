"""`golive backup` and `golive restore` between the two databases, as people run them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dashboard.cli import app
from dashboard.launch.event import What
from dashboard.store.copying import snapshot
from tests.dashboard.sealed_run import sealed_run, with_items
from tests.dashboard.store.scene import T0, opened

pytestmark = pytest.mark.postgres

Golive = Callable[..., Result]


@pytest.fixture
def golive(postgres_empty_url: str) -> Golive:
    def run(*words: str, postgres: bool = False) -> Result:
        return CliRunner().invoke(
            app, words, env={"GOLIVE_DATABASE_URL": postgres_empty_url} if postgres else {}
        )

    return run


def counts(url: str) -> dict[str, int]:
    with snapshot(url) as store:
        return {table.name: len(list(store.rows(table.name))) for table in store.tables()}


def test_a_store_moves_to_postgresql_and_back_and_is_replaced_there(
    golive: Golive, postgres_empty_url: str, tmp_path: Path
) -> None:
    old, there, back = tmp_path / "old", tmp_path / "there", tmp_path / "back"
    with sealed_run(old, with_items(""), now=T0) as sealed:
        sealed.happen(What.STARTED)
        first = golive("backup", str(tmp_path / "1.zip"), "--data-dir", str(old))
        sealed.happen(What.DECIDED, subject="GO", after="GO", role="ceo")
        second = golive("backup", str(tmp_path / "2.zip"), "--data-dir", str(old))
    into = ("--data-dir", str(there))

    told = [
        golive("restore", str(tmp_path / "1.zip"), *into, postgres=True),
        golive("restore", str(tmp_path / "2.zip"), *into, "--replace", postgres=True),
        golive("restore", str(tmp_path / "1.zip"), *into, "--replace", postgres=True),
        golive("backup", str(tmp_path / "3.zip"), *into, postgres=True),
        golive("restore", str(tmp_path / "3.zip"), "--data-dir", str(back)),
    ]

    assert (0, 0) == (first.exit_code, second.exit_code)
    assert [0, 0, 3, 0, 0] == [one.exit_code for one in told], [one.stderr for one in told]
    assert "the log would be turned back" in told[2].stderr
    assert (
        counts(f"sqlite:///{old / 'rehearsal.sqlite3'}")
        == counts(postgres_empty_url)
        == counts(f"sqlite:///{back / 'rehearsal.sqlite3'}")
    )


def test_while_a_golive_is_connected_to_postgresql_nothing_is_replaced(
    golive: Golive, postgres_empty_url: str, tmp_path: Path
) -> None:
    with sealed_run(tmp_path / "old", with_items(""), now=T0):
        golive("backup", str(tmp_path / "b.zip"), "--data-dir", str(tmp_path / "old"))
    with opened(postgres_empty_url) as store:
        assert store.newest_run() is None
        told = golive("restore", str(tmp_path / "b.zip"), "--data-dir", str(tmp_path / "new"), postgres=True)

    assert 3 == told.exit_code
    assert "somebody else has open" in told.stderr
