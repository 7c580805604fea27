"""The OpenAPI document, written from the table of addresses and from the shapes of their answers."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec

from dashboard.access import Scope
from dashboard.api.address import PREFIX, Address
from dashboard.api.answers import Problem
from dashboard.signin.session import USER_COOKIE
from dashboard.version import VERSION

SAID: Final = (
    "What golive tells to scripts, read-only. Where people sign in, a request brings a bearer token (JWT) of "
    "the same identity provider with the scope that the address names, or the cookie of a session. Where "
    "nobody does, golive answers the machine that it runs on, and no other. Money is whole minor units, and "
    "moments are ISO 8601 in UTC. What an address is not said to take is refused."
)
_REFUSED: Final = {
    400: "What was asked is not what this address takes.",
    401: "Nobody is signed in, and no token is brought that is believed.",
    403: "The token lacks the scope, or no role of whoever is signed in may see this.",
    404: "There is nothing of this name or number.",
    429: "Too many requests from one address.",
    503: "It cannot be told now; why is said, and asking again may help.",
}
_TOKEN: Final = "token"  # noqa: S105 - the name of a way to sign in
_SESSION: Final = "session"
_REF: Final = "#/components/schemas/{name}"


def document(addresses: Sequence[Address], *, below: str = "") -> bytes:
    """The document of exactly these addresses, as JSON; they are `below` a path of the host they have."""
    shapes = [Problem, *(address.shape for address in addresses)]
    (problem, *schemas), components = msgspec.json.schema_components(shapes, ref_template=_REF)
    paths = {
        PREFIX + address.path: {"get": _operation(address, schema, problem)}
        for address, schema in zip(addresses, schemas, strict=True)
    }
    told = {
        "openapi": "3.1.0",
        "info": {"title": "golive", "version": VERSION, "description": SAID},
        "servers": [{"url": below or "/"}],
        "paths": paths,
        "components": {"schemas": _cleaned(components), "securitySchemes": _ways_in()},
    }
    return msgspec.json.encode(told)


def _operation(address: Address, schema: Mapping[str, Any], problem: Mapping[str, Any]) -> dict[str, Any]:
    parts = () if address.part is None else (address.part,)
    answered = {"description": "The answer.", "content": _json(schema)}
    return {
        "operationId": address.name,
        "summary": address.said,
        "parameters": [each.described() for each in (*parts, *address.query)],
        "security": [*_enough(address.scopes), {_SESSION: []}],
        "responses": {"200": answered} | dict(_refusals(address, problem)),
    }


def _refusals(address: Address, problem: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for status, said in _REFUSED.items():
        if status != HTTPStatus.NOT_FOUND or address.may_not_be_there:
            yield str(status), {"description": said, "content": _json(problem)}


def _enough(scopes: Sequence[Scope]) -> Iterator[dict[str, list[str]]]:
    """One of the scopes is enough."""
    return ({_TOKEN: [scope.value]} for scope in scopes)


def _ways_in() -> dict[str, Any]:
    scopes = ", ".join(Scope)
    return {
        _TOKEN: {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": f"Its claim `scope` (or `scp`) has one of {scopes}.",
        },
        _SESSION: {
            "type": "apiKey",
            "in": "cookie",
            "name": USER_COOKIE,
            "description": "Of a browser in which somebody signed in who has a role of the launch.",
        },
    }


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _cleaned(schema: Any) -> Any:
    """The same schema, its descriptions without the margin that a docstring has."""
    if isinstance(schema, dict):
        return {
            name: inspect.cleandoc(each)
            if name == "description" and isinstance(each, str)
            else _cleaned(each)
            for name, each in schema.items()
        }
    return [_cleaned(each) for each in schema] if isinstance(schema, list) else schema
