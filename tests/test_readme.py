"""What the README promises about settings, commands and files is what golive has."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from dashboard.cli import app
from dashboard.reconciliation.classes import SENTENCES, Class
from dashboard.settings import SETTINGS
from dashboard.ui.finance_wording import CLASS_WORD
from rehearsal.faults import load

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCED = "\n".join(re.findall(r"^```sh\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL))
EXAMPLES = re.findall(r"^golive .*$", FENCED, flags=re.MULTILINE)


def test_the_settings_are_those_that_golive_reads() -> None:
    read = [(f"`{setting.name}`", setting.default, setting.meaning) for setting in SETTINGS]

    assert read == _table("setting", "default", "meaning")


def test_the_commands_are_those_that_golive_has_with_the_words_of_their_help() -> None:
    told = [(f"`{name}`", first) for name, first in _commands()]

    assert sorted(told) == sorted(_table("command", "does"))


@pytest.mark.parametrize("line", EXAMPLES)
def test_an_example_names_a_command_and_options_that_exist(line: str) -> None:
    words = shlex.split(line.split("||", maxsplit=1)[0], comments=True)
    known = dict(_options())
    name = max((name for name in known if " ".join(words).startswith(name)), key=len)

    assert {word for word in words if word.startswith("--")} <= known[name]
    assert name != "golive" or not words[1:] or words[1].startswith("--")


def test_every_file_that_is_pointed_to_is_there() -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", README)

    assert targets
    assert [] == [target for target in targets if not (ROOT / target).exists()]


def test_every_make_target_that_is_named_is_one() -> None:
    named = set(re.findall(r"`make ([a-z]+)`|^make ([a-z]+)", README, flags=re.MULTILINE))
    written = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))

    assert {one or other for one, other in named} <= written


def test_the_number_of_faults_is_that_of_the_catalogue() -> None:
    assert [str(len(load()))] == re.findall(r"all (\d+) faults", README)


def test_the_classes_are_those_that_are_reconciled() -> None:
    classes = [(f"`{one.value}`", CLASS_WORD[one], SENTENCES[one]) for one in Class]
    grace = " (`--grace`, 600 s)"

    assert classes == [
        (one, word, said.removesuffix(grace)) for one, word, said in _table("class", "on Finance", "is")
    ]


def _table(*head: str) -> list[tuple[str, ...]]:
    lines = iter(README.splitlines())
    wanted = tuple(head)
    for line in lines:
        if _cells(line) == wanted:
            break
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append(_cells(line))
    return rows


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


def _commands() -> Iterator[tuple[str, str]]:
    root = get_command(app)
    for name, command in _walk("golive", root):
        first = re.split(r"(?<=\.)\s", " ".join((command.help or "").split()), maxsplit=1)[0]
        yield name, first


def _options() -> Iterator[tuple[str, set[str]]]:
    for name, command in _walk("golive", get_command(app)):
        yield name, {option for given in command.params for option in given.opts}


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Every command that does something by itself."""
    is_group = isinstance(command, TyperGroup)
    if not is_group or command.invoke_without_command:
        yield name, command
    for inner in command.commands.values() if is_group else ():
        yield from _walk(f"{name} {inner.name}", inner)
