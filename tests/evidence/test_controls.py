"""The plan's controls are of one shape and one spelling."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from evidence.canonical import written as spelled
from evidence.controls import ControlsError, parsed, written
from tests.evidence.sealed import CONTROLS


def test_controls_are_read_as_they_were_written() -> None:
    assert CONTROLS == parsed(written(CONTROLS))


def test_they_have_the_fields_that_an_auditor_was_told() -> None:
    told = json.loads(written(CONTROLS))

    assert {"plan_id", "title", "plan_sha256", "controls"} == told.keys()
    assert {"id", "title", "kind", "required", "before", "valid_for_s", "reviewed"} == told["controls"][
        0
    ].keys()


def test_what_is_required_is_told_by_when() -> None:
    assert ["GL-01", "GL-02"] == [control.id for control in CONTROLS.required("go")]
    assert ["GL-03"] == [control.id for control in CONTROLS.required("close")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("before", "lunch"),
        ("kind", "rumour"),
        ("required", 1),
        ("required", "true"),
        ("valid_for_s", 0),
        ("valid_for_s", 1.5),
        ("valid_for_s", "60"),
        ("more", 1),
    ],
)
def test_another_shape_is_refused(field: str, value: Any) -> None:
    told = json.loads(written(CONTROLS))
    told["controls"][0][field] = value

    with pytest.raises(ControlsError):
        parsed(json.dumps(told, sort_keys=True, separators=(",", ":")).encode())


def test_another_spelling_is_refused() -> None:
    with pytest.raises(ControlsError, match="another spelling"):
        parsed(written(CONTROLS) + b"\n")


def test_no_control_stands_twice() -> None:
    twice = msgspec.structs.replace(CONTROLS, controls=CONTROLS.controls * 2)

    with pytest.raises(ControlsError, match="the control GL-01 twice"):
        written(twice)
    with pytest.raises(ControlsError, match="the control GL-01 twice"):
        parsed(spelled(msgspec.to_builtins(twice)))
