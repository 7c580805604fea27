"""`golive verify`: exit codes, what is printed, what it refuses, and what it does not load."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.keys import Keys, make_keys
from evidence.record import Kind
from tests.dashboard.commands.conftest import ROOT, Golive, Shell
from tests.evidence.auditing import written
from tests.evidence.authority import Authority
from tests.evidence.sealed import MACHINE, Sealed, balance, tell, tell_on


@dataclass(frozen=True)
class Brought:
    """What an auditor has on their disk."""

    bundle: str
    vkey: str
    root: str
    receipts: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """All of it as options."""
        receipts = [word for file in self.receipts for word in ("--receipt", file)]
        return [self.bundle, "--vkey", self.vkey, "--tsa-root", self.root, *receipts]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return make_keys(tmp_path_factory.mktemp("keys") / "own")


@pytest.fixture
def sealed(keys: Keys) -> Sealed:
    return Sealed(keys=keys, authorities=[Authority("first")])


def _brought(sealed: Sealed, folder: Path) -> Brought:
    files = {"vkey.txt": f"{sealed.vkey}\n".encode(), "root.pem": sealed.authorities[0].pem}
    files |= {f"receipt-{number}.txt": data for number, data in enumerate(sealed.receipts)}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    receipts = tuple(str(folder / name) for name in files if name.startswith("receipt"))
    bundle = written(sealed, folder / "evidence.zip")
    return Brought(str(bundle), str(folder / "vkey.txt"), str(folder / "root.pem"), receipts)


@pytest.fixture
def brought(sealed: Sealed, tmp_path: Path) -> Brought:
    return _brought(tell(sealed), tmp_path)


def test_verified_is_0_with_a_table_and_the_sentences(golive: Golive, brought: Brought) -> None:
    told = golive("verify", *brought.words)

    assert 0 == told.exit_code
    assert "\nVERIFIED: golive.example/run-2026-11-x7, 15 records, root " in told.stdout
    assert "GL-02" in told.stdout
    assert "A bundle alone proves nothing about its author.\n" in told.stdout
    assert (
        "The report and the programs in a bundle are for reading, and no part of what is proven"
        in told.stdout
    )


def test_what_nobody_brought_is_told_apart_from_what_does_not_hold(golive: Golive, brought: Brought) -> None:
    told = golive("verify", brought.bundle, "--vkey", brought.vkey)

    assert "receipts: none, because no receipt was given\n" in told.stdout
    assert "tokens: none, because no root of an authority was given\n" in told.stdout

    Path(brought.root).write_bytes(Authority("another").pem)
    told = golive("verify", brought.bundle, "--vkey", brought.vkey, "--tsa-root", brought.root)

    assert "tokens: none that holds\n" in told.stdout

    Path(brought.bundle).write_bytes(b"no bundle at all")
    told = golive("verify", *brought.words)

    assert 1 == told.exit_code
    assert "receipts: none that holds\ntokens: none that holds\n" in told.stdout


def test_the_key_may_be_its_line(golive: Golive, brought: Brought, sealed: Sealed) -> None:
    words = [sealed.vkey if word == brought.vkey else word for word in brought.words]

    assert 0 == golive("verify", *words).exit_code


def test_failed_is_1_and_says_what_and_where(golive: Golive, brought: Brought) -> None:
    file = Path(brought.bundle)
    file.write_bytes(file.read_bytes().replace(b"3 passed\n", b"9 passed\n"))

    told = golive("verify", *brought.words)

    assert 1 == told.exit_code
    assert "\nFAILED: " in told.stdout
    assert "FAIL step 1 DAMAGED: data/blobs/" in told.stdout
    assert "FAIL BLOB" in told.stdout


def test_with_nothing_brought_it_is_3_and_says_what_is_missing(golive: Golive, brought: Brought) -> None:
    told = golive("verify", brought.bundle)

    assert 3 == told.exit_code
    assert "CONSISTENT-ONLY: " in told.stdout
    assert ["NO-KEY", "NO-ROOT", "NO-RECEIPT"] == [
        line.split()[3].rstrip(":") for line in told.stdout.splitlines() if line.startswith("CAP step 2")
    ]


def test_gaps_are_4(golive: Golive, sealed: Sealed, tmp_path: Path) -> None:
    sealed.begin()
    sealed.add(Kind.COMMAND, b"\xff", media="application/octet-stream", actor=MACHINE)

    told = golive("verify", *_brought(tell_on(sealed), tmp_path).words)

    assert 4 == told.exit_code
    assert "VERIFIED-WITH-GAPS: " in told.stdout


def test_a_log_that_is_still_open_may_be_verified_so(golive: Golive, sealed: Sealed, tmp_path: Path) -> None:
    tell(sealed)
    early = sealed.fork(8)
    early.receipts.append(sealed.receipts[0])
    words = _brought(early, tmp_path).words

    assert 1 == golive("verify", *words).exit_code
    assert 0 == golive("verify", *words, "--open").exit_code


@pytest.mark.parametrize(("option", "code"), [("--since", 1), ("--until", 0)])
def test_the_span_may_be_named(golive: Golive, brought: Brought, option: str, code: int) -> None:
    assert code == golive("verify", *brought.words, option, "2026-11-22").exit_code


def test_json_tells_all_of_it(golive: Golive, brought: Brought) -> None:
    told = json.loads(golive("verify", *brought.words, "--json").stdout)

    assert ("VERIFIED", 0, 15) == (told["status"], told["exit"], len(told["records"]))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["missing.zip"], "cannot read missing.zip: No such file"),
        (["{bundle}", "--vkey", "no key"], "--vkey: got no Ed25519 note key"),
        (["{bundle}", "--tsa-root", "missing.pem"], "cannot read missing.pem"),
        (["{bundle}", "--tsa-root", "{vkey}"], "got no certificate, expected PEM"),
        (["{bundle}", "--receipt", "{root}"], "got no receipt"),
        (["{bundle}", "--vkey", "{bundle}"], "not text"),
        (["{bundle}", "--since", "yesterday"], "expected a time as 2026-11-21T22:00:00Z"),
        ([], "Missing argument"),
    ],
)
def test_what_cannot_be_used_is_2(golive: Golive, brought: Brought, words: list[str], told: str) -> None:
    given = {"bundle": brought.bundle, "vkey": brought.vkey, "root": brought.root}

    said = golive("verify", *(word.format(**given) for word in words))

    assert 2 == said.exit_code
    assert told in said.stderr
    assert "Traceback" not in said.output


def test_what_is_no_bundle_is_1(golive: Golive, brought: Brought) -> None:
    told = golive("verify", brought.root)

    assert 1 == told.exit_code
    assert "FAIL step 0 CONTAINER: " in told.stdout


def test_of_a_long_log_only_what_matters_is_shown(golive: Golive, sealed: Sealed, tmp_path: Path) -> None:
    sealed.begin()
    for number in range(60):
        sealed.add(Kind.EVENT, b'{"seq":%d}' % number, captured_s_ago=0)

    told = golive("verify", *_brought(tell_on(sealed), tmp_path).words)

    assert 0 == told.exit_code
    assert "more records without a finding are not" in told.stdout
    assert "genesis" in told.stdout
    assert "event" not in told.stdout


@pytest.mark.parametrize(("later", "proven"), [(0, "22:00:20Z"), (3, "2026-11-22T01:00:20Z")])
def test_80_columns_cut_neither_a_finding_nor_a_time_nor_an_item(
    golive: Golive, sealed: Sealed, tmp_path: Path, later: int, proven: str
) -> None:
    items = ("stripe_charge", "ledger_transactions")
    sealed.stamped_later = timedelta(hours=later)
    sealed.begin()
    sealed.add(Kind.LEDGER_TRANSACTIONS, balance(1), controls=items, actor=MACHINE)
    sealed.decide("GO", 1, unmet=("GL-01",))
    tell_on(sealed)
    del sealed.tokens[sealed.size, "first"]

    told = golive("verify", *_brought(sealed, tmp_path).words, COLUMNS="80").stdout

    table = told.partition("\nFAILED: ")[0]
    rows = [line.split() for line in table.splitlines()]
    assert ["0", "genesis", "2026-11-21T22:00:00Z", proven] == rows[1]
    assert {"FAIL UNMET", "GAP UNANCHORED"} <= {" ".join(row[-2:]) for row in rows}
    assert 80 >= max(map(len, table.splitlines()))
    if not later:
        assert [[items[0]], [items[1]]] == [row for row in rows if row[0] in items]


def test_in_a_pipe_there_is_no_colour(shell: Shell, brought: Brought) -> None:
    told = shell("verify", *brought.words, TERM="xterm-256color")

    assert 0 == told.returncode, told.stderr
    assert "\x1b[" not in told.stdout


def test_it_loads_neither_the_screen_nor_the_store(brought: Brought) -> None:
    code = (
        "import sys\n"
        "from dashboard.cli import app\n"
        "try:\n    app(['verify', *sys.argv[1:]])\n"
        "except SystemExit as end:\n"
        "    heavy = {'streamlit', 'sqlmodel', 'sqlalchemy', 'pandas', 'duckdb'} & set(sys.modules)\n"
        "    sys.exit(f'{end.code} {heavy}' if heavy or end.code else 0)\n"
    )

    told = subprocess.run(
        [sys.executable, "-c", code, *brought.words], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (0, "") == (told.returncode, told.stderr)


def test_the_small_program_needs_nothing_of_golive(brought: Brought, tmp_path: Path) -> None:
    """As the receipt's holder runs it: a file by itself, in a folder of its own."""
    apart = tmp_path / "apart"
    apart.mkdir()
    (apart / "verify_min.py").write_bytes((ROOT / "evidence" / "verify_min.py").read_bytes())

    words = [brought.bundle, brought.vkey, brought.root, *brought.receipts]
    command = [sys.executable, "-I", "verify_min.py"]
    held = subprocess.run([*command, *words], cwd=apart, capture_output=True, text=True, check=False)
    usage = subprocess.run(command, cwd=apart, capture_output=True, text=True, check=False)

    assert (0, "") == (held.returncode, held.stderr)
    assert held.stdout.startswith("HOLDS; not looked at")
    assert 2 == usage.returncode
    assert "verify_min.py BUNDLE VKEY TSA_ROOT.pem" in usage.stderr
