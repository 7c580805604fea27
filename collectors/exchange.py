"""What can go wrong between a question and its answer, and how that is called."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping

import httpcore

from collectors.observation import FailureReason

BODY_LIMIT = 1024 * 1024
OVERSIZED = f"got more than {BODY_LIMIT} bytes, expected fewer"
UNSENDABLE = "got a header that HTTP cannot carry, expected visible ASCII"
NETWORK_ERRORS = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol)


def head_failure(status: int, headers: Mapping[str, str]) -> tuple[FailureReason, str] | None:
    """What is wrong with an answer before its body has been read, if anything."""
    if 300 <= status < 400:  # noqa: PLR2004 - the class of status codes
        detail = f"got HTTP {status}, expected an answer: correct the address"
        return FailureReason.REDIRECT, detail
    length = headers.get("content-length", "0")
    if length.isdigit() and int(length) > BODY_LIMIT:
        return FailureReason.TOO_LARGE, OVERSIZED
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        return (
            FailureReason.MALFORMED,
            "got a compressed answer, expected the identity encoding that was asked for",
        )
    return None


def network_failure(error: Exception) -> tuple[FailureReason, str]:
    """What kept a question from being answered, told from the error's kind and never by its text."""
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return (
            FailureReason.TLS,
            "got no trusted TLS connection, expected one: check the certificate and its chain",
        )
    if isinstance(error, httpcore.LocalProtocolError):
        return FailureReason.REFUSED, UNSENDABLE
    if isinstance(error, httpcore.RemoteProtocolError) and "disconnected" not in str(error):
        return FailureReason.MALFORMED, "got bytes that are no complete HTTP answer, expected one"
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return FailureReason.UNREACHABLE, "got no address for the host name, expected one: check name and DNS"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return FailureReason.UNREACHABLE, "got the connection refused, expected a listening service"
    return FailureReason.UNREACHABLE, "got the connection reset or closed, expected an answer"


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        if isinstance(seen, BaseExceptionGroup):
            for inner in seen.exceptions:
                yield from _causes(inner)
        seen = seen.__cause__ or seen.__context__
