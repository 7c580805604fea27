"""The page of the docs that says who may do what is what the code does."""

from __future__ import annotations

import pytest
from starlette.routing import Route

from dashboard.edge import CLOSED
from dashboard.signin.gate import OWN_GUARD, WAYS_IN
from dashboard.ui.routes import ROUTES
from tests.access_document import ADDRESSES, DOCUMENT, ROOT, document, pages_and_actions

NAMED = [address for address, _, _ in ADDRESSES]


def test_the_page_is_what_the_code_says() -> None:
    assert document() == DOCUMENT.read_text(encoding="utf-8"), "run `make docs`"


def test_every_page_asks_the_table() -> None:
    files = {file.stem for file in (ROOT / "pages").glob("*.py")} - {"__init__"}

    assert files == {file.stem for file, _ in pages_and_actions()}


@pytest.mark.parametrize("path", sorted({*WAYS_IN, *OWN_GUARD, *CLOSED}))
def test_every_address_that_is_open_or_closed_to_all_is_named(path: str) -> None:
    assert path in NAMED


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_every_route_of_golives_own_is_named(route: Route) -> None:
    assert any(route.path == name or (name.endswith("/") and route.path.startswith(name)) for name in NAMED)
