"""Stripe's error envelope."""

from __future__ import annotations

from typing import Any


class StripeError(Exception):
    """An answer other than 200, as Stripe words it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self._error = {"type": kind, "code": code, "message": message, "param": param}

    def envelope(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"error": {name: value for name, value in self._error.items() if value is not None}}


def unknown_parameter(name: str) -> StripeError:
    """What Stripe says of a parameter that it does not know."""
    return StripeError(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def missing(kind: str, name: str) -> StripeError:
    """What Stripe says of an id that it does not have, or has in the other mode."""
    return StripeError(404, f"No such {kind}: '{name}'", code="resource_missing", param="id")
