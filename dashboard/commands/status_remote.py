"""`golive status --url`: the verdict of a golive on another machine, by its API; any doubt is no answer."""

from __future__ import annotations

import json
import ssl
import sys
from typing import Any
from urllib.parse import urlsplit

import httpx

from collectors.masked import Masked
from dashboard.commands.status import CODES, STYLES
from dashboard.commands.terminal import ERR, OUT, Exit
from dashboard.entrance import LOOPBACK
from dashboard.launch.board import BoardVerdict
from dashboard.launch.wording import VERDICT_WORD
from dashboard.settings import API_TOKEN, SettingsError

PATH = "/api/v1/board"
TIMEOUT_S = 10.0


class NoAnswerError(Exception):
    """The verdict cannot be told: got, expected, the mend."""


def remote_status(url: str, token: Masked | None, *, as_json: bool) -> Exit:
    """Print the board of the golive at this address; the exit code is its verdict. Raises `SettingsError` for
    an address over which a token must not go.
    """
    address = _address(url)
    try:
        told = _board(address, token)
    except NoAnswerError as error:
        ERR.print(f"{address}: {error}", markup=False)
        return Exit.UNANSWERED
    verdict = BoardVerdict(told["verdict"])
    if as_json:
        sys.stdout.write(json.dumps(told) + "\n")
        return CODES[verdict]
    OUT.print(str(told["environment"]).upper(), markup=False)
    OUT.print(VERDICT_WORD[verdict], style=STYLES[verdict], markup=False)
    OUT.print(str(told["sentence"]), markup=False)
    OUT.print(f"Would change it: {told['change']}", markup=False)
    return CODES[verdict]


def _address(url: str) -> str:
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not is_safe or not parts.hostname or "@" in parts.netloc:
        # It is not repeated: it may hold a password.
        raise SettingsError(
            "got an address that is no plain https://… (http:// on this machine alone); mend --url"
        )
    return url.rstrip("/")


def _board(address: str, token: Masked | None) -> dict[str, Any]:
    headers = {} if token is None else {"Authorization": f"Bearer {token.reveal()}"}
    try:
        answer = httpx.get(
            f"{address}{PATH}",
            headers=headers,
            timeout=TIMEOUT_S,
            follow_redirects=False,
            trust_env=False,
            verify=_trusted(),
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NoAnswerError(f"got no answer ({error}), expected the board") from error
    if answer.status_code in {401, 403}:
        raise NoAnswerError(f"got HTTP {answer.status_code} ({_said(answer)}); set {API_TOKEN}, or mend it")
    if answer.status_code != httpx.codes.OK:
        raise NoAnswerError(f"got HTTP {answer.status_code} ({_said(answer)}), expected the board")
    try:
        told = answer.json()
        BoardVerdict(told["verdict"])
        _ = told["environment"], told["sentence"], told["change"]
    except (ValueError, KeyError, TypeError) as error:
        raise NoAnswerError("got something else than a board, expected golive's; mend --url") from error
    found: dict[str, Any] = told
    return found


def _trusted() -> ssl.SSLContext:
    """The public authorities, and those of this machine: a company's own stands in its store, or in
    SSL_CERT_FILE.
    """
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


def _said(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"])[:200]
    except (ValueError, KeyError, TypeError):
        return "it says no more"
