"""What is asked is read strictly, and nothing of what is wrong with it is repeated."""

from __future__ import annotations

import pytest

from dashboard.api.parameters import GREATEST, LONGEST_QUERY, ArgumentError, Name, Number, read_numbers

RUN = Number(name="run", said="")
LIMIT = Number(name="limit", said="", default=50, most=200)
ID = Name(name="id", said="")


def refused(query: bytes, *expected: Number) -> str:
    with pytest.raises(ArgumentError) as raised:
        read_numbers(query, expected)
    return str(raised.value)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (b"", {"run": None, "limit": 50}),
        (b"run=7", {"run": 7, "limit": 50}),
        (b"limit=1&run=1", {"run": 1, "limit": 1}),
        (b"limit=200", {"run": None, "limit": 200}),
        (f"run={GREATEST}".encode(), {"run": GREATEST, "limit": 50}),
        (b"run=007", {"run": 7, "limit": 50}),
    ],
)
def test_what_is_left_out_is_its_default(query: bytes, told: dict[str, int | None]) -> None:
    assert told == read_numbers(query, (RUN, LIMIT))


@pytest.mark.parametrize(
    "value",
    [
        *("abc", "", "-1", "0", "+1", "1.0", "1e3", "0x1", "1_0", "%201", "1%0a", "%00", "%D9%A1", "%C2%B2"),
        *("2147483648", "99999999999999999999", "9" * 900, "true", "null", "1;drop", "%ff"),
    ],
)
def test_what_is_no_whole_number_of_a_run_is_refused(value: str) -> None:
    said = refused(f"run={value}".encode(), RUN)

    assert "Got something else as run, expected a whole number of 1 to 2147483647." == said


@pytest.mark.parametrize("value", ["0", "201"])
def test_a_limit_ends_where_it_says(value: str) -> None:
    said = refused(f"limit={value}".encode(), LIMIT)

    assert "Got something else as limit, expected a whole number of 1 to 200." == said


@pytest.mark.parametrize("query", [b"ruN=1", b"run=1&x", b"run=1&x=", b"=1", b"run%00=1", b"run[]=1"])
def test_a_parameter_that_is_not_known_is_refused_and_not_repeated(query: bytes) -> None:
    said = "Got a parameter that this address does not have, expected {}."

    assert said.format("run or limit") == refused(query, RUN, LIMIT)
    assert said.format("none at all") == refused(query)


def test_a_parameter_that_is_told_twice_is_refused() -> None:
    assert "Got a parameter twice, expected each once." == refused(b"run=1&run=1", RUN)


def test_a_query_that_is_too_long_is_not_taken_apart() -> None:
    fits = b"run=1&run=" + b"1" * (LONGEST_QUERY - 10)

    assert "Got a parameter twice, expected each once." == refused(fits, RUN)
    assert "Got a query of 1,001 bytes, expected 1,000 at most." == refused(fits + b"1", RUN)


@pytest.mark.parametrize(
    "name",
    ["pi_3Q", "cs_live_a1B2", "corr_0f.9", "urn:order:7", "0b9c7a52-3c7b-4d9e-8f9d-1a2b3c4d5e6f", "a" * 120],
)
def test_what_stripe_or_a_shop_may_call_a_payment_is_a_name(name: str) -> None:
    assert name == ID.read(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a b",
        "a\n",
        "a\x00b",
        "\x1b[2J",
        "ada@example.com",
        "pi_é",
        "%",
        "'--",
        "a" * 121,
        "a" * 1_000_000,
    ],
)
def test_anything_else_is_no_name_and_is_not_repeated(name: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        ID.read(name)

    assert "Got an id of another form, expected 1 to 120 of A-Z, a-z, 0-9 and _-:." == str(raised.value)
