"""Every command explains itself with an example that it would accept."""

from __future__ import annotations

import re
import shlex

import pytest

from dashboard.version import VERSION
from tests.dashboard.commands.conftest import Golive, Shell

COMMANDS = [
    (),
    ("rehearse",),
    ("serve",),
    ("status",),
    ("sign-out",),
    ("drill",),
    ("reconcile",),
    ("verify",),
    ("doctor",),
    ("backup",),
    ("restore",),
    ("plan", "check"),
    ("keys", "init"),
    ("keys", "show"),
    ("keys", "rotate"),
    ("evidence", "list"),
    ("evidence", "add"),
    ("evidence", "review"),
    ("evidence", "command"),
    ("evidence", "export"),
    ("evidence", "receipt"),
    ("evidence", "erase"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: " ".join(words) or "golive")
def test_help_has_an_example_with_options_that_exist(golive: Golive, command: tuple[str, ...]) -> None:
    told = golive(*command, "--help")

    found = re.search(r"Example: (golive.*)", told.stdout)
    assert 0 == told.exit_code
    assert found is not None
    words = shlex.split(found[1].split("||", maxsplit=1)[0])
    assert ["golive", *command] == words[: 1 + len(command)]
    own = words[: words.index("--")] if "--" in words else words
    assert {word for word in own if word.startswith("--")} <= set(re.findall(r"--[a-z-]+", told.stdout))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: " ".join(words) or "golive")
def test_an_unknown_option_is_refused(golive: Golive, command: tuple[str, ...]) -> None:
    told = golive(*command, "--no-such-option")

    assert 2 == told.exit_code
    assert "--no-such-option" in told.stderr


def test_help_in_a_pipe_has_no_escape_codes(shell: Shell) -> None:
    told = shell("--help", TERM="xterm-256color")

    assert "HOLD" in told.stdout
    assert "\x1b[" not in told.stdout + told.stderr


def test_a_misspelt_setting_is_refused_with_the_one_that_was_meant(golive: Golive) -> None:
    told = golive("serve", GOLIVE_DATADIR="x")

    assert 3 == told.exit_code
    assert "did you mean GOLIVE_DATA_DIR?" in told.stderr


def test_the_version_is_told_alone(golive: Golive) -> None:
    told = golive("--version")

    assert (0, f"golive {VERSION}\n") == (told.exit_code, told.stdout)


def test_the_doctor_says_which_golive_this_is(golive: Golive) -> None:
    assert f"golive{' ' * 3}" in golive("doctor").stdout
    assert VERSION in golive("doctor").stdout
