"""The launch that the API is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dashboard.control import Control
from dashboard.launch.board import Verdict
from evidence.keys import make_keys
from tests.dashboard.api.asking import PSEUDONYM, room_of
from tests.dashboard.sealing.scene import COORDINATOR, PICTURES, Launch, launching, under_way


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """T+46: the first dollar was paid and credited, two pictures wait for a second person, gates flipped."""
    folder = tmp_path_factory.mktemp("api")
    make_keys(folder / "keys")
    with launching(folder, f"sqlite:///{folder / 'golive.sqlite3'}") as launch:
        under_way(launch)
        launch.hand_in(PICTURES[1], replace(COORDINATOR, pseudonym=PSEUDONYM))
        for fallen in (("ledger", "health"), (), ("ledger",), (), ("ledger", "health", "tokens"), ()):
            launch.wait()
            launch.judge(**dict.fromkeys(fallen, Verdict.NO_GO))
        yield launch


@pytest.fixture(scope="module")
def room(launch: Launch) -> Control:
    return room_of(launch)
