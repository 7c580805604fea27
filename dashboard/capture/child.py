"""Takes the picture of one page: `python -m dashboard.capture.child`, asked and answering in JSON.

It runs alone with a browser and knows no secret of ours. The page is a stranger's program: it reaches the
listed hosts and no others, not by a redirect, a socket or a name to be looked up either. It alone imports
Playwright, and nothing imports it.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec
from playwright.sync_api import Browser, BrowserContext, Error, Page, Response, sync_playwright
from playwright.sync_api import TimeoutError as TookTooLongError

from dashboard.capture.exchange import Asked, NotTaken, Taken, host_of, is_allowed

_STARTED_WITHIN_S = 30.0
_QUIET_WITHIN_S = 3.0
"""How long a page that has loaded may go on loading; one that never rests is taken as it is then."""
_MASKED_WITHIN_S = 5.0
"""How long what is to be masked may keep us waiting after that."""
_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",  # without a proxy: no datagram at all
)


def main() -> None:
    """Read what is asked, and answer."""
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    sys.stdout.buffer.write(msgspec.json.encode(answer(asked)))


def answer(asked: Asked) -> Taken | NotTaken:
    """Start a browser, take the page, end the browser."""
    with sync_playwright() as play:
        try:
            browser = play.chromium.launch(
                executable_path=asked.chromium,
                args=[*_ARGUMENTS, _no_other_name(asked.hosts)],
                timeout=_STARTED_WITHIN_S * 1_000,
            )
        except Error:
            why = f"got no browser from {asked.chromium}, expected a Chromium that starts; mend its path"
            return NotTaken(why=why, no_browser=True)
        visit = _Visit(asked, until=time.monotonic() + asked.timeout_s)
        try:
            return visit.taken(browser)
        except _RefusedError as refused:
            return NotTaken(why=str(refused))
        except Error as error:
            return NotTaken(why=visit.in_short(error))
        finally:
            browser.close()


class _RefusedError(Exception):
    """The page is not taken: got, expected, the mend."""


@dataclass(slots=True)
class _Visit:
    asked: Asked
    until: float
    documents: list[Response] = field(default_factory=list)
    blocked_documents: list[str] = field(default_factory=list)

    def taken(self, browser: Browser) -> Taken:
        page = self._page(browser)
        page.goto(self.asked.url, timeout=_left_ms(self.until))
        self._wait_until_quiet(page)
        self._wait_for_masks(page)
        masks = [page.locator(mask) for mask in self.asked.masks]
        masked = sum(one.is_visible() for mask in masks for one in mask.all())
        url = page.url
        page.screenshot(
            path=self.asked.file,
            mask=masks,
            animations="disabled",
            caret="hide",
            scale="css",
            timeout=_left_ms(self.until),
        )
        # A page that went on by itself, by a script say, is not the one that was asked for.
        if page.url != url or not is_allowed(url, self.asked.hosts) or not self.documents:
            raise _RefusedError(self._elsewhere())
        document = self.documents[-1]
        return Taken(
            url=url,
            status=document.status,
            http_date=document.headers.get("date"),
            browser_version=browser.version,
            masked_regions=masked,
        )

    def _page(self, browser: Browser) -> Page:
        context = browser.new_context(
            viewport={"width": 1280, "height": 800},
            device_scale_factor=1,
            locale="en-GB",
            timezone_id="UTC",
            color_scheme="light",
            reduced_motion="reduce",
            service_workers="block",
            accept_downloads=False,
        )
        self._let_only_listed_hosts_through(browser, context)
        page = context.new_page()
        page.on("response", lambda response: self._note(page, response))
        return page

    def _let_only_listed_hosts_through(self, browser: Browser, context: BrowserContext) -> None:
        # Playwright's own routes are not asked about redirects; the browser's own interception is. Sockets
        # are not among its requests.
        session = browser.new_browser_cdp_session()

        def paused(event: dict[str, Any]) -> None:
            url, name = event["request"]["url"], {"requestId": event["requestId"]}
            with suppress(Error):  # the request may be over already, or the browser
                if is_allowed(url, self.asked.hosts):
                    session.send("Fetch.continueRequest", name)
                    return
                if event["resourceType"] == "Document":
                    self.blocked_documents.append(host_of(url))
                session.send("Fetch.failRequest", {**name, "errorReason": "BlockedByClient"})

        session.on("Fetch.requestPaused", paused)
        session.send("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})
        context.route_web_socket(
            lambda url: not is_allowed(url, self.asked.hosts), lambda socket: socket.close()
        )

    def _note(self, page: Page, response: Response) -> None:
        if response.request.is_navigation_request() and response.frame == page.main_frame:
            self.documents.append(response)

    def _wait_until_quiet(self, page: Page) -> None:
        with suppress(TookTooLongError):
            page.wait_for_load_state(
                "networkidle", timeout=min(_left_ms(self.until), _QUIET_WITHIN_S * 1_000)
            )

    def _wait_for_masks(self, page: Page) -> None:
        for mask in self.asked.masks:
            try:
                page.locator(mask).first.wait_for(
                    state="attached", timeout=min(_left_ms(self.until), _MASKED_WITHIN_S * 1_000)
                )
            except TookTooLongError as error:
                raise _RefusedError(
                    f"got nothing on the page for the mask {mask!r}, expected what it is to hide; "
                    "mend the mask, or leave it out"
                ) from error

    def in_short(self, error: Error) -> str:
        """What the browser said, without the address, whose query may hold a secret."""
        host = host_of(self.asked.url)
        if isinstance(error, TookTooLongError):
            return f"got no page of {host} within {self.asked.timeout_s:g} s, expected one; try again"
        code = re.search(r"net::(ERR_[A-Z_]+)", str(error))
        if code and code[1] == "ERR_BLOCKED_BY_CLIENT":
            return self._elsewhere()
        why = code[1] if code else "the browser failed"
        return f"got no page of {host} ({why}), expected one; look at the address in a browser"

    def _elsewhere(self) -> str:
        where = self.blocked_documents[-1] if self.blocked_documents else "another address"
        return (
            f"got a page that leads to {where}, expected one of {', '.join(self.asked.hosts)}; "
            "ask for another page, or list that host"
        )


def _no_other_name(hosts: Sequence[str]) -> str:
    names = [host.rsplit(":", 1)[0] if not host.endswith("]") else host for host in hosts]
    return ", ".join(["--host-resolver-rules=MAP * ~NOTFOUND", *(f"EXCLUDE {name}" for name in names)])


def _left_ms(until: float) -> float:
    return max(1.0, (until - time.monotonic()) * 1_000)  # to Playwright, 0 is for ever


if __name__ == "__main__":
    main()
