"""One table says who may do what; whatever it does not name is denied."""

from __future__ import annotations

import pytest

from dashboard.access import ALLOWED, AccessDeniedError, Action, allows, require
from dashboard.launch.plan import RoleKind
from tests.cast import person

CHANGES = [action for action in Action if not action.name.startswith(("SEE_", "TAKE_"))]


@pytest.mark.parametrize("action", Action)
def test_every_action_stands_in_the_table(action: Action) -> None:
    assert ALLOWED[action]


@pytest.mark.parametrize("kind", [RoleKind.VIEWER, RoleKind.AUDITOR])
@pytest.mark.parametrize("action", CHANGES)
def test_those_who_only_look_can_change_nothing(kind: RoleKind, action: Action) -> None:
    assert not allows(kind, action)


def test_a_refusal_says_who_may() -> None:
    with pytest.raises(AccessDeniedError) as raised:
        require(person("finance", RoleKind.FINANCE), Action.START_PROBE)

    assert "Finance may not start a probe that writes; a coordinator or lead may." == str(raised.value)
