"""The OpenAPI document says exactly what there is, and a real validator takes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from dashboard.access import SCOPES, Scope
from dashboard.api.addresses import ADDRESSES
from dashboard.document import FIELDS
from dashboard.ui.routes import ROUTES
from dashboard.version import VERSION
from tests.dashboard.api.described import document, faults

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")


def operations() -> dict[str, dict[str, Any]]:
    return {path: told["get"] for path, told in document()["paths"].items()}


def test_it_is_a_valid_document() -> None:
    assert [] == list(OpenAPIV31SpecValidator(document()).iter_errors())
    assert ("3.1.0", VERSION) == (document()["openapi"], document()["info"]["version"])


def test_a_document_that_is_wrong_would_be_seen() -> None:
    broken = {**document(), "paths": {"/x": {"get": {"responses": {"200": {}}}}}}

    assert list(OpenAPIV31SpecValidator(broken).iter_errors())


def test_it_has_exactly_the_addresses_that_are_served() -> None:
    names = ("board", "runs", "flips", "evidence", "trace/{id}", "openapi.json")
    paths = [route.path for route in ROUTES]
    served = {path for path in paths if path.startswith("/api/v1")}

    assert served == set(operations())
    assert {f"/api/v1/{name}" for name in names} == served


def test_each_address_says_which_scope_it_needs() -> None:
    needs = {
        path: [way["token"] for way in told["security"] if "token" in way]
        for path, told in operations().items()
    }

    assert {
        "/api/v1/board": [["golive:board"]],
        "/api/v1/runs": [["golive:runs"]],
        "/api/v1/flips": [["golive:flips"]],
        "/api/v1/evidence": [["golive:evidence"]],
        "/api/v1/trace/{id}": [["golive:trace"]],
        "/api/v1/openapi.json": [[scope.value] for scope in Scope],
    } == needs


def test_every_field_of_every_answer_is_promised() -> None:
    schemas = document()["components"]["schemas"]
    objects = {name: told for name, told in schemas.items() if "properties" in told}

    assert objects
    assert {} == {
        name: told
        for name, told in objects.items()
        if set(told["properties"]) != set(told.get("required", ()))
    }
    assert list(FIELDS) == list(schemas["ShownBoard"]["properties"])


def test_every_moment_is_called_one() -> None:
    schemas = document()["components"]["schemas"]
    fields = {
        f"{name}.{field}": told
        for name, schema in schemas.items()
        for field, told in schema.get("properties", {}).items()
        if field == "at" or field.endswith("_at") or field in {"since", "deadline"}
    }
    texts = {name for name, told in fields.items() if '"string"' in repr(told).replace("'", '"')}

    assert texts
    assert {name for name in texts if "date-time" not in repr(fields[name])} <= {"Trace.stands_at"}


def test_descriptions_have_no_margin() -> None:
    said = [
        told["description"] for told in document()["components"]["schemas"].values() if "description" in told
    ]

    assert any("\n" in each for each in said)
    assert not [each for each in said if re.search(r"\n +", each)]


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/api/v1/runs", {"environment": "live"}),
        ("/api/v1/runs", {"environment": "live", "told_at": "noon", "runs": [], "next_before": None}),
        (
            "/api/v1/runs",
            {
                "environment": "live",
                "told_at": "2026-11-27T12:00:00Z",
                "runs": [],
                "next_before": None,
                "by": "Ada",
            },
        ),
    ],
    ids=["a field is missing", "no moment", "a field too many"],
)
def test_an_answer_that_is_not_as_described_would_be_seen(path: str, wrong: dict[str, Any]) -> None:
    assert 1 <= len(faults(path, 200, wrong))


def test_the_readme_has_the_same_addresses_and_scopes() -> None:
    told = re.findall(r"^\| `(/[^`]+)` \| `(golive:[a-z]+)` \|", README, flags=re.MULTILINE)
    served = {f"/api/v1{each.path}": each.scopes[0].value for each in ADDRESSES if len(each.scopes) == 1}

    assert {**served, "/metrics": Scope.METRICS.value} == dict(told)
    assert set(SCOPES) == {Scope(scope) for _, scope in told}
