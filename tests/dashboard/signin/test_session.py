"""A session is what this golive has signed, of this provider, and not too old; everything else is nobody."""

from __future__ import annotations

import time
from hashlib import sha256
from typing import Any

import pytest

from dashboard.signin.session import LONGEST_S, USER_COOKIE, pseudonym, read_session
from tests.dashboard.signin.people import cookies, provider


def test_who_signed_in_is_known_by_a_pseudonym_and_since_when() -> None:
    now = time.time()

    session = read_session(cookies(), provider(), now_s=now)

    assert session is not None
    assert pseudonym(provider(), "ada") == session.pseudonym
    assert "ada" not in session.pseudonym
    assert 0 <= now - session.began < 10


def test_a_pseudonym_tells_nothing_without_the_secret() -> None:
    other = provider(GOLIVE_SIGN_IN_COOKIE_SECRET="o" * 32)

    assert pseudonym(provider(), "ada") != pseudonym(other, "ada")
    assert pseudonym(provider(), "ada") != pseudonym(provider(), "robin")


def test_a_session_of_another_golive_on_the_same_host_is_nobodys_here_and_the_person_is_the_same() -> None:
    there = provider(GOLIVE_PUBLIC_URL="https://ops.example.com/golive")
    brought = cookies(there.cookie_key.reveal())

    told = read_session(brought, there, now_s=time.time())

    assert told is not None
    assert pseudonym(provider(), "ada") == told.pseudonym
    assert read_session(brought, provider(), now_s=time.time()) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"secret": "another secret of 32 characters, or more"},
        {"iss": "https://id.elsewhere.example"},
        {"origin": "https://other.example.com"},
        {"is_logged_in": False},
        {"is_logged_in": "yes"},
        {"sub": ""},
        {"sub": 7},
        {"sub": None},
    ],
    ids=repr,
)
def test_a_cookie_of_anything_else_is_nobodys(changed: dict[str, Any]) -> None:
    assert read_session(cookies(**changed), provider(), now_s=time.time()) is None


def test_a_changed_cookie_is_nobodys() -> None:
    value = cookies()[USER_COOKIE]
    genuine = read_session({USER_COOKIE: value}, provider(), now_s=time.time())
    forged = [value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1 :] for at in range(len(value))]

    told = [read_session({USER_COOKIE: each}, provider(), now_s=time.time()) for each in forged]

    # The last character of base64 has bits that stand for nothing: changed, they change nothing.
    assert 1 >= sum(each is not None for each in told)
    assert all(each in (None, genuine) for each in told)


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "\x00", "chunks-3;x", "é"])
def test_garbage_is_nobodys(value: str) -> None:
    assert read_session({USER_COOKIE: value}, provider(), now_s=time.time()) is None


def test_a_cookie_under_another_name_is_nobodys() -> None:
    told = cookies(name="_streamlit_user_1")

    assert read_session({USER_COOKIE: told["_streamlit_user_1"]}, provider(), now_s=time.time()) is None


def test_after_twelve_hours_one_signs_in_again() -> None:
    began = read_session(cookies(), provider(), now_s=time.time())
    assert began is not None

    at_the_edge = read_session(cookies(), provider(), now_s=began.began + LONGEST_S)
    past_it = read_session(cookies(), provider(), now_s=began.began + LONGEST_S + 5)

    assert (True, None) == (at_the_edge is not None, past_it)


def test_a_long_cookie_in_pieces_is_read_as_one() -> None:
    from streamlit.auth_util import set_cookie_with_chunks
    from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

    brought: dict[str, str] = {}
    told = {
        "iss": "https://id.example.com",
        "sub": "ada",
        "origin": "https://ops.example.com",
        "is_logged_in": True,
        "groups": [sha256(f"{number}".encode()).hexdigest() for number in range(200)],
    }

    def keep(name: str, value: str) -> None:
        brought[name] = create_signed_value(provider().cookie_key.reveal(), name, value).decode()

    def signed(name: str, value: str) -> bytes:
        return create_signed_value(provider().cookie_key.reveal(), name, value)

    set_cookie_with_chunks(keep, signed, USER_COOKIE, told, cookie_attr_size=100)

    session = read_session(brought, provider(), now_s=time.time())
    assert len(brought) > 1
    assert session is not None
    assert told["groups"] == session.claims["groups"]
    del brought[f"{USER_COOKIE}_1"]
    assert read_session(brought, provider(), now_s=time.time()) is None
