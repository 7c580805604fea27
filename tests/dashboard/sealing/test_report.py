"""The report of a bundle: all that was decided, done, captured and frozen, of the sealed records alone."""

from __future__ import annotations

import json
import re
import zipfile
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dashboard.launch.board import Verdict
from dashboard.launch.plan import RoleKind
from dashboard.launch.plan_file import load_plan
from dashboard.launch.scene import Act
from dashboard.sealing.exporting import VIEW, receipt_of
from dashboard.sealing.handover import handover
from dashboard.sealing.printing import printable
from dashboard.sealing.report import report_of
from dashboard.sealing.rotating import rotate
from dashboard.sealing.sealer import Sealer
from evidence.receipt import ReceiptError
from evidence.receipt import written as receipt_written
from evidence.redaction import find_secret
from tests.cast import T0, person
from tests.dashboard.launch.money.bought import after
from tests.dashboard.sealing.scene import CHAIR, COORDINATOR, FINANCE, Launch, launching, whole
from tests.dashboard.tower import LOADED

API_LEAD = person("api_lead", RoleKind.LEAD)
HOSTILE = "<script>alert(1)</script>\"'&lt;"
SECTIONS = (
    "Decisions",
    "Evidence",
    "Not proven",
    "Waived",
    "Erased, and keys replaced",
    "Figures at the end",
    "Timeline",
    "Flips",
)


class _Text(HTMLParser):
    """The words of each section, and every tag and attribute."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.sections: dict[str, str] = {"": ""}
        self._in_title, self._now = False, ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self._in_title = tag == "h2"

    def handle_endtag(self, tag: str) -> None:
        self._in_title = self._in_title and tag != "h2"

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self._now = data
            self.sections[data] = ""
        else:
            self.sections[self._now] += f"{data}|"


def report(launch: Launch) -> _Text:
    run = launch.writer.run
    size = len(launch.names())
    return _Text(report_of(launch.store, run, launch.blobs, size).decode())


def test_it_has_every_part_and_says_that_it_proves_nothing(launch: Launch) -> None:
    whole(launch)

    told = report(launch)

    assert SECTIONS == tuple(name for name in told.sections if name)
    assert "It proves nothing itself" in told.sections[""]
    assert "REHEARSAL" in told.sections[""]
    assert "First live dollar" in told.sections[""]
    assert launch.vkey in told.sections[""]


def test_it_tells_what_was_decided_on_which_evidence(launch: Launch) -> None:
    whole(launch)
    endpoint = launch.names().index("item/stripe_endpoint/1")

    told = report(launch).sections

    assert f"|GO|board|ceo|asserted|{endpoint}|nothing|because|" in told["Decisions"]
    assert "|CLOSED|close|coordinator|asserted|" in told["Decisions"]
    for title in ("Stripe: the charge", "Ledger: the balance", "Stripe Dashboard: the live charge"):
        assert title in told["Evidence"]
    assert re.search(r"\|accepted by finance, record \d+\|", told["Evidence"])
    assert "All that is required is proven." in told["Not proven"]
    assert "|clock started|" in told["Timeline"]
    assert "Nothing was waived." in told["Waived"]


def test_it_tells_what_was_erased_and_that_a_key_was_replaced(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.at(0)
    launch.start()
    launch.at(46)
    taken = launch.hand_in("stripe_page").blobs[0].sha256
    before = report(launch).sections["Erased, and keys replaced"]

    launch.room().erase(COORDINATOR, taken, "subject-request")
    rotate(launch.store, launch.seal(), launch.clock)
    sealer.step()

    told = report(launch).sections
    assert "Nothing was erased, and no key replaced." in before
    assert f"|erased: |{taken}|subject-request|coordinator|" in told["Erased, and keys replaced"]
    assert "|the recorder's key was replaced|key-holder|" in told["Erased, and keys replaced"]
    assert f"|{taken}|" not in told["Evidence"]
    assert "|erased|" in told["Evidence"]


def test_it_tells_the_figures_that_were_frozen(launch: Launch) -> None:
    whole(launch)

    told = report(launch).sections["Figures at the end"]

    assert "Frozen at 2026-11-24T12:24:00Z." in told
    assert "|Gates|" in told
    assert "|Evidence complete|≥ 100 %|100 %|met|" in told
    assert "Stripe as of 2026-11-24T12:00:20Z" in told
    assert "|matched|usd|1|999|999|0|" in told
    assert "|takings|gross|999|cents, usd|" in told
    assert "|takings|fees pending|1|payments|" in told
    assert "|liability|net|9990|credits|" in told
    assert "cents|net|" not in told
    assert "Nothing is unmatched." in told


def test_a_hash_may_break_so_that_its_table_stays_on_the_page(launch: Launch) -> None:
    whole(launch)

    page = report_of(launch.store, launch.writer.run, launch.blobs, len(launch.names())).decode()

    cells = re.findall(r"<td>(.*?)</td>", page)
    digest = launch.records()[launch.names().index("item/stripe_endpoint/1")].subject[0].digest.sha256
    assert f"<code>{digest}</code>" in cells
    assert [] == [cell for cell in cells if re.search(r"[^\s<>]{40,}", re.sub("<code>.*?</code>", "", cell))]
    assert re.search(r"code\{[^}]*overflow-wrap:anywhere", page)


def test_it_tells_what_was_waived_refused_erased_and_never_proven(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.at(0)
    launch.judge(cors=Verdict.UNKNOWN)
    launch.start()
    asked = launch.act(
        API_LEAD,
        Act.ASK_WAIVER,
        "cors",
        risk="a page fails",
        control="a person looks",
        until=launch.now + timedelta(minutes=30),
    )
    launch.act(CHAIR, Act.GRANT_WAIVER, "cors", about=asked.seq)
    launch.at(46)
    taken = launch.hand_in("stripe_page")
    launch.room().review(FINANCE, taken.index, accepted=False, reason="the date is cut off")
    _close(launch, sealer)

    told = report(launch).sections

    assert "|waiver asked for|cors|api_lead|" in told["Waived"]
    assert "|waiver granted|cors|chair|" in told["Waived"]
    assert "|refused: the date is cut off by finance, record 2|" in told["Evidence"]
    for item in ("stripe_page", "credits_page", "stripe_charge", "ledger_balance"):
        assert f"|{item}|" in told["Not proven"]
    assert "receipt" not in told["Not proven"]
    assert "|cors|unknown|" in told["Flips"].lower()


def test_while_a_run_is_open_nothing_is_said_to_be_settled(launch: Launch) -> None:
    launch.sealer()

    told = report(launch).sections

    assert "nothing is settled yet" in told["Not proven"]
    assert "The run is not closed." in told["Figures at the end"]
    assert "Nobody decided anything." in told["Decisions"]
    assert "Nothing was captured." in told["Evidence"]


def test_figures_that_are_gone_are_said_to_be_and_not_to_have_never_been(launch: Launch) -> None:
    whole(launch)
    named = {each.name: each.digest.sha256 for each in launch.records()[-1].subject}
    launch.blobs.erase(named["handover.json"])

    assert "They were frozen, and are not there any more." in report(launch).sections["Figures at the end"]


def test_what_people_and_plans_say_is_text_and_never_a_tag(folder: Path) -> None:
    title, item = f"Launch {HOSTILE}", f"Charge {HOSTILE}"
    text = LOADED.text.replace('"First live dollar"', json.dumps(title)).replace(
        '"Stripe: the charge"', json.dumps(item)
    )
    hostile = load_plan(text, scan=find_secret)
    with launching(folder, f"sqlite:///{folder / 'golive.sqlite3'}", hostile) as launch:
        sealer = launch.sealer()
        launch.at(0)
        launch.judge()
        launch.start()
        launch.act(COORDINATOR, Act.HOLD, reason=HOSTILE)
        launch.act(COORDINATOR, Act.RESUME)
        launch.now = after(25)
        launch.purchase()
        sealer.step()
        _close(launch, sealer)
        page = launch.bundle()
        with zipfile.ZipFile(page) as bag:
            told = _Text(bag.read(f"golive-evidence/data/view/{VIEW}").decode())

    whole_text = "".join(told.sections.values())
    assert whole_text.count(HOSTILE) >= 3
    assert "script" not in told.tags
    assert told.attributes <= {"lang", "charset", "name", "content", "class", "scope", "tabindex"}


def test_figures_of_a_run_without_books_say_why(launch: Launch) -> None:
    launch.sealer()
    sealer = launch.sealer()
    sealer.handover = lambda at: handover(at=at, board=None, kpis=(), money=f"No [money]. {HOSTILE}")
    launch.judge()
    launch.start()
    _close(launch, sealer)

    told = report(launch)

    assert f"No [money]. {HOSTILE}" in told.sections["Figures at the end"]
    assert "Nothing was judged." in told.sections["Figures at the end"]
    assert "script" not in told.tags


def test_the_printed_receipt_escapes_what_it_is_told(launch: Launch) -> None:
    whole(launch)
    note = launch.store.evidence.heads(launch.writer.run.id)[1]
    hostile = receipt_written(
        note=note, gate=HOSTILE, verdict=HOSTILE, at="", vkey=launch.vkey, minimal_sha256="0" * 64
    )

    told = _Text(printable(hostile).decode())

    assert "script" not in told.tags
    with pytest.raises(ReceiptError):
        printable(b"no receipt")


def test_a_receipt_pins_the_first_head_behind_its_decision(launch: Launch) -> None:
    whole(launch)
    heads = launch.store.evidence.heads(launch.writer.run.id)
    for key in (each for each in launch.names() if each.startswith(("decision/", "close/"))):
        size = min(at for at in heads if at > launch.names().index(key))
        assert receipt_of(launch.store, launch.writer.run.id, key).endswith(heads[size])


def test_the_figures_hold_integers_and_text_alone() -> None:
    said = handover(at=T0, board=None, kpis=(), money="none")

    assert {"cut_off": "2026-11-22T09:00:00Z", "board": None, "kpis": [], "money": {"why": "none"}} == said


def _close(launch: Launch, sealer: Sealer) -> None:
    launch.act(COORDINATOR, Act.CLOSE, reason="all is done")
    sealer.step()
