"""The examples of a deployment name what there is, and hold no secret."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard.settings import SETTINGS
from dashboard.wiring.resolve import named_in
from tests.cast import default_plan

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
EXAMPLES = sorted(DEPLOY.glob("*.env.example"))
OF_THE_PROXY = {"GOLIVE_SITE", "GOLIVE_PATH", "GOLIVE_TLS"}


def test_what_the_image_copies_is_there_and_let_through() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = {
        name
        for line in re.findall(r"^COPY (?!--)(.*) \S+$", dockerfile, re.MULTILINE)
        for name in line.split()
    }
    let_through = set(
        re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    )

    assert copied == let_through
    assert [] == [name for name in copied if not (ROOT / name).exists()]


@pytest.mark.parametrize(
    "file", [*EXAMPLES, DEPLOY / "Dockerfile", DEPLOY / "compose.yaml"], ids=lambda file: file.name
)
def test_every_variable_of_golive_is_one(file: Path) -> None:
    known = {setting.name for setting in SETTINGS} | {name for _, name, _ in named_in(default_plan())}

    assert set(re.findall(r"\bGOLIVE_[A-Z_]+", file.read_text(encoding="utf-8"))) <= known | OF_THE_PROXY


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_no_example_holds_a_secret(file: Path) -> None:
    secret = re.compile(r"^\w*(?:SECRET|PASSPHRASE|KEY|TOKEN)=(.+)$", re.MULTILINE)

    assert [] == secret.findall(file.read_text(encoding="utf-8"))
