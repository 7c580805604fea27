"""Pages run in Streamlit's own test runner, through the entry script, over the stand-in room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from collectors.observation import Environment
from dashboard.app import MAIN
from dashboard.ui.room import install, uninstall
from evidence.keys import make_keys
from tests.dashboard.sealing.scene import Launch, launching
from tests.dashboard.ui.standin import HEALTHY, Published, StandInRoom

Open = Callable[..., AppTest]
PAGE_FILES = MAIN.parent.parent / "pages"


@pytest.fixture
def installed() -> Iterator[Callable[..., StandInRoom]]:
    """Install a stand-in room, and take it away after the test."""

    def make(scenario: str = HEALTHY, environment: Environment = Environment.REHEARSAL) -> StandInRoom:
        room = StandInRoom(scenario, environment)
        install(room, Published())
        return room

    yield make
    uninstall()


@pytest.fixture
def room(installed: Callable[..., StandInRoom]) -> StandInRoom:
    """A healthy one."""
    return installed()


@pytest.fixture
def launch(tmp_path: Path, room: StandInRoom) -> Iterator[Launch]:
    """A launch whose log has begun, with its desk in the room."""
    make_keys(tmp_path / "keys")
    with launching(tmp_path, f"sqlite:///{tmp_path / 'golive.sqlite3'}") as launch:
        launch.sealer()
        room.desk = launch.room()
        yield launch


@pytest.fixture
def opened() -> Open:
    """Open a page as a role, the way a browser session does: the entry script first, then the page."""

    def go(page: str | None = None, role: str | None = None) -> AppTest:
        app = AppTest.from_file(str(MAIN), default_timeout=20)
        if role is not None:
            app.session_state["golive.role"] = role
        app.run()
        if page is not None:
            app.switch_page(f"../pages/{page}.py").run()
        assert [] == [raised.value for raised in app.exception]
        return app

    return go


def screen(app: AppTest) -> str:
    """Everything that was drawn as HTML, but for the style sheet, of a page that was drawn to its end."""
    assert [] == [broken.value for broken in app.exception]
    return "\n".join(block.value for block in app.html if not block.value.startswith("<style>"))
