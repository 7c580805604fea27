"""What somebody reads who could not sign in, and what the log says, whatever Streamlit's login does."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from authlib.integrations.base_client import MismatchingStateError, OAuthError
from joserfc.errors import BadSignatureError, InvalidClaimError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dashboard.signin import page
from dashboard.signin.failing import STREAMLITS_LOG
from dashboard.signin.gate import NEXT_COOKIE, Gate
from dashboard.signin.session import REHEARSAL_CLAIM, USER_COOKIE
from tests.dashboard.signin.people import cookies
from tests.dashboard.signin.test_gate import signing_in

AUTHLIBS = [
    (httpx.ConnectError("All connection attempts failed"), page.UNANSWERED),
    (json.JSONDecodeError("Expecting value", "<!doctype html>", 0), page.UNANSWERED),
    (InvalidClaimError("iss"), page.UNBELIEVED),
    (BadSignatureError(), page.UNBELIEVED),
    (RuntimeError('Missing "jwks_uri" in metadata'), page.UNBELIEVED),
    (OAuthError("invalid_grant", "the code\nis too old"), page.REFUSED),
    (MismatchingStateError(), page.STALE),
]
"""What it raises, and what a person is told of it."""


class Login:
    """Streamlit's login, as it goes wrong."""

    def __init__(self) -> None:
        self.raises: Exception | None = None
        self.warns = ""
        self.brings: dict[str, str] = {}

    async def begin(self, _request: Request) -> Response:
        return self._failed(Response("Authentication error", 400))

    async def end(self, _request: Request) -> Response:
        answer = RedirectResponse("/", 302)
        for name, value in self.brings.items():
            answer.set_cookie(name, value)
        if self.raises is not None:
            answer.delete_cookie(USER_COOKIE)
        return self._failed(answer)

    def _failed(self, answer: Response) -> Response:
        logger = logging.getLogger(STREAMLITS_LOG)
        if self.warns:
            logger.warning(self.warns)
        try:
            self._fail()
        except Exception:
            logger.warning("OAuth token exchange failed.", exc_info=True)
        return answer

    def _fail(self) -> None:
        if self.raises is not None:
            raise self.raises


@pytest.fixture
def login() -> Login:
    return Login()


@pytest.fixture
async def browser(login: Login) -> AsyncIterator[httpx.AsyncClient]:
    routes = [Route("/auth/login", login.begin), Route("/oauth2callback", login.end)]
    app = Starlette(routes=routes, middleware=[Middleware(Gate, sign_in=signing_in)])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="https://ops.example.com",
        cookies={NEXT_COOKIE: quote("/x")},
    ) as client:
        yield client


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    logger = logging.getLogger(STREAMLITS_LOG)
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


def one_line(log: pytest.LogCaptureFixture) -> str:
    """What was logged, which is one line and no trace."""
    (line,) = log.text.splitlines()
    return line


def said(answer: httpx.Response) -> str:
    """The sentence on the page."""
    assert (401, "no-store") == (answer.status_code, answer.headers["cache-control"])
    assert "location" not in answer.headers
    return answer.text.split('<p role="alert">')[1].split("</p>")[0].replace("&#x27;", "'")


@pytest.mark.parametrize("path", ["/auth/login", "/oauth2callback?code=x&state=y"])
@pytest.mark.parametrize("failure", AUTHLIBS, ids=lambda failure: type(failure[0]).__name__)
async def test_a_failure_is_a_sentence_for_the_person_and_one_line_in_the_log(
    login: Login,
    browser: httpx.AsyncClient,
    log: pytest.LogCaptureFixture,
    path: str,
    failure: tuple[Exception, str],
) -> None:
    raised, sentence = login.raises, _ = failure

    answer = await browser.get(path)

    assert sentence == said(answer)
    assert "nobody was signed in: got " in one_line(log)
    assert " ".join(f"{type(raised).__name__}: {raised}".split()) in one_line(log)
    assert type(raised).__name__ not in answer.text


async def test_a_failure_ends_a_session_and_begins_none_and_one_can_try_again(
    login: Login, browser: httpx.AsyncClient, log: pytest.LogCaptureFixture
) -> None:
    login.raises = InvalidClaimError("iss")

    answer = await browser.get("/oauth2callback?code=x&state=y")

    (taken,) = answer.headers.get_list("set-cookie")
    assert taken.startswith(f'{USER_COOKIE}=""; expires=')
    assert NEXT_COOKIE in browser.cookies  # where they wanted to go
    assert 'href="/sign-in"' in answer.text
    assert "https://id.example.com" in one_line(log)


async def test_who_was_refused_by_the_provider_reads_so(
    login: Login, browser: httpx.AsyncClient, log: pytest.LogCaptureFixture
) -> None:
    login.warns = "Error during authentication: access_denied."

    answer = await browser.get("/oauth2callback?error=access_denied&state=y")

    assert page.REFUSED == said(answer)
    assert "got a refusal of the identity provider (Error during authentication: access_denied.)" in one_line(
        log
    )


async def test_who_comes_back_to_a_browser_that_did_not_begin_reads_so(
    login: Login, browser: httpx.AsyncClient, log: pytest.LogCaptureFixture
) -> None:
    login.warns = "Missing provider for OAuth callback."

    assert page.STALE == said(await browser.get("/oauth2callback?code=x&state=y"))
    assert "not begun in this browser at https://ops.example.com" in one_line(log)


@pytest.mark.parametrize(
    ("claims", "logged"),
    [
        ({"iss": "https://id.elsewhere.example"}, "the issuer https://id.elsewhere.example)"),
        ({REHEARSAL_CLAIM: "rehearsal"}, "the issuer https://id.example.com, of a rehearsal)"),
    ],
)
async def test_somebody_of_another_provider_is_told_so_and_gets_no_session(
    login: Login,
    browser: httpx.AsyncClient,
    caplog: pytest.LogCaptureFixture,
    claims: dict[str, Any],
    logged: str,
) -> None:
    login.brings = cookies(sub="a-personal-name", **claims)

    answer = await browser.get("/oauth2callback?code=x&state=y")

    assert page.UNBELIEVED == said(answer)
    assert [] == answer.headers.get_list("set-cookie")
    assert logged in one_line(caplog)
    assert "a-personal-name" not in caplog.text


async def test_who_is_signed_in_goes_on_to_where_they_wanted(
    login: Login, browser: httpx.AsyncClient
) -> None:
    login.brings = cookies()

    answer = await browser.get("/oauth2callback?code=x&state=y")

    assert (302, "/x") == (answer.status_code, answer.headers["location"])
    assert USER_COOKIE in answer.cookies


async def test_who_comes_back_from_signing_out_at_the_provider_reads_of_no_failure(
    login: Login, browser: httpx.AsyncClient
) -> None:
    login.warns = "Missing provider for OAuth callback."

    assert 302 == (await browser.get("/oauth2callback")).status_code


def test_what_is_logged_apart_from_a_try_stays_as_it_is(log: pytest.LogCaptureFixture) -> None:
    logging.getLogger(STREAMLITS_LOG).warning("Failed to get %s", "provider logout URL")

    assert "Failed to get provider logout URL" in log.text
