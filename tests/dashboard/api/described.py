"""The OpenAPI document as it is served, and answers held against it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from openapi_schema_validator import OAS31Validator, oas31_format_checker

from dashboard.api import openapi
from dashboard.api.addresses import ADDRESSES


@cache
def document() -> dict[str, Any]:
    """The document, read once."""
    told: dict[str, Any] = json.loads(openapi.document(ADDRESSES))
    return told


def faults(path: str, status: int, answer: Any) -> list[str]:
    """What of this answer is not as the document says, where a field that it does not name is wrong, too."""
    told = document()["paths"][path]["get"]["responses"][str(status)]
    schema = told["content"]["application/json"]["schema"]
    whole = {**closed(schema), "components": closed(document()["components"])}
    validator = OAS31Validator(whole, format_checker=oas31_format_checker)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer)]


def closed(schema: Any) -> Any:
    """The same schema without any field that it does not name."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(each) for name, each in schema.items()}
    return {**found, "additionalProperties": False} if isinstance(found.get("properties"), dict) else found
