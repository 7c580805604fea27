"""A page is taken by a real Chromium that reaches the listed hosts alone and leaves nothing behind."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import PIL.Image
import psutil
import pytest

from dashboard.capture.page import CaptureError, CaptureUnavailableError, capture_page
from tests.browser.shots import chromium

ENOUGH_S = 30.0
RED = "<body style='margin:0'><div id=red style='width:600px;height:400px;background:#f00'></div>"

pytestmark = pytest.mark.browser


class _Server(ThreadingHTTPServer):
    reached = 0

    def get_request(self) -> tuple[socket.socket, Any]:
        self.reached += 1
        return super().get_request()


@dataclass(slots=True)
class Site:
    """A server on loopback that notes who was asked for, and answers what a test wants."""

    server: _Server
    pages: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    @property
    def by_name(self) -> str:
        return f"localhost:{self.server.server_port}"


@pytest.fixture
def site() -> Iterator[Site]:
    yield from _served()


@pytest.fixture
def stranger() -> Iterator[Site]:
    yield from _served()


def _served() -> Iterator[Site]:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            one.seen.append(f"{self.headers['host']}{self.path}")
            path = self.path.partition("?")[0]
            if path == "/hangs":
                one.release.wait(ENOUGH_S)
                return
            found = one.moved.get(path)
            self.send_response(302 if found else 200 if path in one.pages else 404)
            if found:
                self.send_header("Location", found)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(one.pages.get(path, "nothing here").encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    one = Site(_Server(("127.0.0.1", 0), Answers))
    thread = threading.Thread(target=one.server.serve_forever, args=(0.01,))
    thread.start()
    yield one
    one.release.set()
    one.server.shutdown()
    thread.join()
    one.server.server_close()


@pytest.fixture(autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where captures keep their files; nothing of them, and nobody who uses them, is there afterwards.

    Not pytest's own, whose name is too long for a browser's socket.
    """
    if chromium() is None:
        missing = "No Chromium was found, expected `chromium` on the PATH or its path in GOLIVE_CHROMIUM."
        (pytest.fail if os.environ.get("GOLIVE_REQUIRE_BROWSER") == "1" else pytest.skip)(missing)
    tmp_path_factory.getbasetemp()  # where pytest keeps its own is settled before
    with tempfile.TemporaryDirectory(prefix="capture-") as own:
        monkeypatch.setattr(tempfile, "tempdir", own)
        yield Path(own)

        left = [process for process in psutil.process_iter(["cmdline"]) if _names(process, own)]
        _, alive = psutil.wait_procs(left, timeout=ENOUGH_S)  # a browser ends by itself when its pipe closes
        assert [] == alive
        assert [] == list(Path(own).iterdir())


def _names(process: psutil.Process, folder: str) -> bool:
    return any(folder in argument for argument in process.info["cmdline"] or ())


def _taken(site: Site, path: str = "/", **more: Any) -> Any:
    asked = {"hosts": [site.host], "timeout_s": ENOUGH_S, "chromium": chromium()}
    return capture_page(f"http://{site.host}{path}", **{**asked, **more})


def _colours(png: bytes) -> set[tuple[int, ...]]:
    with PIL.Image.open(BytesIO(png)) as image:
        assert (1280, 800) == image.size
        counted = image.convert("RGB").getcolors()
    assert counted is not None
    return {colour for _, colour in counted if isinstance(colour, tuple)}


def test_a_page_is_taken_with_what_its_server_said_and_without_its_query(site: Site) -> None:
    site.pages["/balances"] = RED
    before = datetime.now(UTC).replace(microsecond=0)

    taken = _taken(site, "/balances?key=canary#canary")

    assert {(255, 0, 0), (255, 255, 255)} == _colours(taken.png)
    assert f"http://{site.host}/balances" == taken.url_without_query
    assert (200, 0) == (taken.status, taken.masked_regions)
    assert parsedate_to_datetime(taken.http_date) >= before
    assert taken.browser_version.split(".")[0].isdecimal()
    assert f"{site.host}/balances?key=canary" in site.seen


def test_a_picture_holds_pixels_alone_and_is_the_same_each_time(site: Site) -> None:
    site.pages["/"] = RED + "<style>@keyframes x{to{opacity:0}}#red{animation:x 1s infinite}</style>"

    first, second = _taken(site), _taken(site)

    assert first.png == second.png
    assert not {b"tEXt", b"iTXt", b"eXIf", b"iCCP", b"pHYs"} & {first.png[at : at + 4] for at in range(200)}


def test_what_is_masked_is_not_in_the_picture_and_is_counted(site: Site) -> None:
    site.pages["/"] = f"{RED}<p class=who>canary<p class=who>canary<p class=who hidden>canary"

    taken = _taken(site, masks=["#red", ".who"])

    assert (255, 0, 0) not in _colours(taken.png)
    assert 3 == taken.masked_regions


def test_a_mask_that_comes_late_is_waited_for(site: Site) -> None:
    site.pages["/"] = f"<script>setTimeout(() => document.body.innerHTML = `{RED}`, 1_500)</script>"

    taken = _taken(site, masks=["#red"])

    assert (255, 0, 0) not in _colours(taken.png)
    assert 1 == taken.masked_regions


def test_a_mask_that_hides_nothing_stops_the_picture(site: Site) -> None:
    site.pages["/"] = RED

    with pytest.raises(CaptureError, match="got nothing on the page for the mask '#gone'"):
        _taken(site, masks=["#gone"])


def test_a_page_that_is_not_found_is_taken_as_that(site: Site) -> None:
    assert 404 == _taken(site, "/nowhere").status


def test_nothing_that_a_page_loads_reaches_a_host_that_is_not_listed(site: Site, stranger: Site) -> None:
    there, named = stranger.host, stranger.by_name
    site.moved |= {"/to-port": f"http://{there}/moved", "/to-name": f"http://{named}/moved"}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("127.0.0.1", 0))
        datagrams.setblocking(False)
        site.pages["/"] = f"""{RED}<img src=http://{there}/i><img src=http://{named}/i><img src=/to-port>
            <img src=/to-name><iframe src=http://{named}/f></iframe><link rel=preconnect href=http://{named}>
            <script>
            fetch("http://{there}/fetch").catch(() => 0); navigator.sendBeacon("http://{named}/beacon");
            fetch("/to-port").catch(() => 0);
            for (const host of ["{there}", "{named}"]) new WebSocket(`ws://${{host}}/socket`);
            window.open("http://{named}/popup");
            const peer = new RTCPeerConnection({{iceServers: [
                {{urls: "stun:127.0.0.1:{datagrams.getsockname()[1]}"}}]}});
            peer.createDataChannel("x"); peer.createOffer().then(offer => peer.setLocalDescription(offer));
            </script>"""

        taken = _taken(site)

        assert (255, 0, 0) in _colours(taken.png)
        assert {f"{site.host}/to-port", f"{site.host}/to-name"} <= set(site.seen)
        assert ([], 0) == (stranger.seen, stranger.server.reached)
        with pytest.raises(BlockingIOError):
            datagrams.recv(1)


def test_another_host_is_reached_when_it_is_listed(site: Site, stranger: Site) -> None:
    stranger.pages["/part"] = RED
    site.pages["/"] = f"<iframe width=900 height=600 src=http://{stranger.host}/part></iframe>"

    taken = _taken(site, hosts=[site.host, stranger.host])

    assert (255, 0, 0) in _colours(taken.png)


@pytest.mark.parametrize("name", ["host", "by_name"])
def test_a_redirect_to_a_host_that_is_not_listed_is_not_followed(
    site: Site, stranger: Site, name: str
) -> None:
    site.moved["/"] = f"http://{getattr(stranger, name)}/?secret=canary"

    with pytest.raises(CaptureError, match=f"leads to {getattr(stranger, name)}, expected") as refused:
        _taken(site)

    assert [] == stranger.seen
    assert "canary" not in str(refused.value)


def test_a_redirect_within_the_list_is_followed_and_told(site: Site) -> None:
    site.moved["/"] = "/there?x=1"
    site.pages["/there"] = RED

    taken = _taken(site)

    assert (f"http://{site.host}/there", 200) == (taken.url_without_query, taken.status)


def test_a_page_that_goes_elsewhere_by_itself_is_not_taken(site: Site, stranger: Site) -> None:
    site.pages["/"] = f"{RED}<script>location = 'http://{stranger.host}/'</script>"

    with pytest.raises(CaptureError, match=f"leads to {stranger.host}"):
        _taken(site)
    assert [] == stranger.seen


@pytest.mark.parametrize(
    "page",
    [None, "<img src=/hangs>", "<script src=/hangs></script>", "<script>while (true) {}</script>"],
    ids=["the page", "a picture of it", "a script of it", "its program"],
)
def test_what_hangs_ends_in_time_with_a_sentence(site: Site, page: str | None) -> None:
    site.pages["/"] = page or ""

    with pytest.raises(CaptureError, match=r"within 1 s, expected one; try again"):
        _taken(site, "/" if page else "/hangs", timeout_s=1)


def test_a_browser_that_takes_too_long_is_ended_with_all_its_processes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "dashboard.capture.page.GRACE_S", 4.0 - ENOUGH_S
    )  # it runs by then, if the machine rests

    with pytest.raises(CaptureError, match="within 4 s, expected a picture"):
        _taken(site, "/hangs")


def test_a_host_that_does_not_answer_is_told_without_its_query(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        gone = f"127.0.0.1:{free.getsockname()[1]}"

    with pytest.raises(CaptureError, match=f"no page of {gone} .ERR_CONNECTION_REFUSED.") as told:
        capture_page(f"http://{gone}/?k=canary", hosts=[gone], timeout_s=ENOUGH_S, chromium=chromium())
    assert "canary" not in str(told.value)
    assert [] == site.seen


def test_the_browser_sees_nothing_of_our_environment(
    tmp_path: Path, folder: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLIVE_STRIPE_KEY", "canary")
    seen, spy = tmp_path / "seen", tmp_path / "spy.sh"
    spy.write_text(f'#!/bin/sh\nenv > {seen}\nexec {chromium()} "$@"\n')
    spy.chmod(0o700)

    _taken(site, chromium=str(spy))

    told = seen.read_text()
    assert f"HOME={folder}" in told
    assert "canary" not in told


@pytest.mark.parametrize(
    ("url", "hosts", "said"),
    [
        ("http://other.example/", ["127.0.0.1:9"], "a page of other.example, expected one of 127.0.0.1:9"),
        ("http://127.0.0.1/", ["127.0.0.1:9"], "a page of 127.0.0.1, expected"),
        ("http://127.0.0.1:9/", [], "expected one of nowhere"),
        ("http://me:canary@127.0.0.1:9/", ["127.0.0.1:9"], "a password or another scheme"),
        ("file:///etc/passwd", [""], "as a host"),
        ("file://127.0.0.1:9/etc/passwd", ["127.0.0.1:9"], "a password or another scheme"),
        ("http://127.0.0.1:port/", ["127.0.0.1:9"], "an address that is none"),
        ("http://127.0.0.1:9/", ["*"], "as a host"),
        ("http://127.0.0.1:9/", ["127.0.0.1:9, EXCLUDE *"], "as a host"),
    ],
)
def test_an_address_that_may_not_be_asked_starts_no_browser(url: str, hosts: list[str], said: str) -> None:
    with pytest.raises(CaptureError, match=said) as refused:
        capture_page(url, hosts=hosts, timeout_s=ENOUGH_S, chromium="/no/such/browser")
    assert "canary" not in str(refused.value)


def test_without_a_chromium_a_sentence_says_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CaptureUnavailableError, match="got no Chromium at /no/such/browser"):
        _taken(site, chromium="/no/such/browser")

    monkeypatch.setenv("PATH", "")
    with pytest.raises(CaptureUnavailableError, match="got no Chromium on the PATH"):
        _taken(site, chromium=None)


def test_a_chromium_that_is_none_is_told_so(site: Site) -> None:
    with pytest.raises(CaptureUnavailableError, match="got no browser from /bin/false, expected a Chromium"):
        _taken(site, chromium="/bin/false")


def test_without_playwright_a_sentence_says_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(CaptureUnavailableError, match=r"install golive\[capture\]"):
        _taken(site)
