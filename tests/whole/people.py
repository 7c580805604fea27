"""The people of a launch at their screens: a browser profile each, and only what can be read and pressed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Locator, Page, expect

from dashboard.ui import wording
from tests.browser.roles import act_as
from tests.browser.shots import settled

WITHIN_MS = 60_000
"""How long a slow machine may take to show anything; nobody waits so long where nothing is wrong."""

HOPS = 7
PHONE, DESK = (390, 844), (1024, 640)


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """One person, who acts as one role."""

    title: str
    page: Page

    def opens(self, name: str) -> Someone:
        """Go to a page by its link, unless it is open, and wait until it is drawn."""
        link = self.page.get_by_role("link", name=name, exact=True)
        if link.get_attribute("aria-current") == "page":
            return self
        link.click()
        heading = self.page.get_by_role("heading", level=1)
        if name == wording.CONTROL_ROOM:
            heading = self.page.locator("h1#verdict")
        else:
            heading = heading.filter(has_text=name)
        heading.wait_for()
        self.page.locator("[data-test-script-state=notRunning]").wait_for()
        return self

    def gives(self, reason: str) -> Someone:
        """Type a reason beside the buttons."""
        box = self.page.get_by_role("textbox", name=wording.REASON)
        box.fill(reason)
        box.press("Tab")
        return self

    def presses(self, name: str) -> Someone:
        """Press the button of this name, which may go on with the key that presses it, too."""
        self.button(name).click()
        return self

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=re.compile(rf"^{re.escape(name)}( Shortcut .*)?$"))

    def is_not_offered(self, name: str) -> None:
        expect(self.button(name)).to_have_count(0, timeout=WITHIN_MS)

    def reads(self, *words: str) -> Someone:
        """Wait until all of this stands on the screen."""
        for each in words:
            expect(self.page.locator("body")).to_contain_text(each, use_inner_text=True, timeout=WITHIN_MS)
        return self

    def reads_no(self, words: str) -> Someone:
        """Wait until this is not on the screen any more."""
        expect(self.page.locator("body")).not_to_contain_text(words, use_inner_text=True, timeout=WITHIN_MS)
        return self

    def reads_row(self, title: str, told: str) -> Someone:
        """Wait until the Gantt says exactly this of a task: its owner, how it ended, and lateness if any."""
        row = self.page.locator(".gl-gantt-name").filter(has_text=title)
        expect(row).to_have_text(f"{title} {told}", use_inner_text=True, timeout=WITHIN_MS)
        return self

    def buys(self) -> Someone:
        """Start a purchase, and watch all of it arrive."""
        self.opens(wording.REHEARSAL).presses(wording.START_PURCHASE)
        said = self.page.get_by_text(re.compile(r"^Purchase \S+ was started\.$")).inner_text()
        journey = self.page.locator(".gl-panel").filter(has_text=said.split()[1])
        expect(journey.get_by_text("done", exact=True)).to_have_count(HOPS, timeout=WITHIN_MS)
        return self

    def reads_verdict(self, word: str) -> Someone:
        """Wait until the large word of the Control room is this one."""
        expect(self.page.locator("h1#verdict")).to_have_text(word, use_inner_text=True, timeout=WITHIN_MS)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Everybody who acts in the hour of the default plan."""

    ceo: Someone
    chair: Someone
    coordinator: Someone
    payments: Someone
    comms: Someone
    api: Someone
    frontend: Someone

    @property
    def voters(self) -> tuple[Someone, ...]:
        return (self.payments, self.comms, self.api, self.frontend, self.coordinator)

    @property
    def all(self) -> tuple[Someone, ...]:
        return (self.ceo, self.chair, *self.voters)

    @property
    def some(self) -> tuple[Someone, ...]:
        """Who decides, who chairs and one who votes: what they read at once, everybody does."""
        return (self.ceo, self.chair, self.payments)

    def on_the_control_room(self) -> None:
        """Everybody looks at the board."""
        for each in self.all:
            each.opens(wording.CONTROL_ROOM)


@contextmanager
def seated(chrome: Browser, url: str) -> Iterator[People]:
    """Seven people with a browser profile each, the CEO with a phone; each has picked the own role."""
    contexts = []

    def seat(title: str, size: tuple[int, int] = DESK) -> Someone:
        width, height = size
        contexts.append(
            chrome.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        )
        contexts[-1].set_default_timeout(WITHIN_MS)
        page = settled(contexts[-1].new_page(), url)
        act_as(page, title)
        return Someone(title=title, page=page)

    try:
        yield People(
            ceo=seat("CEO", PHONE),
            chair=seat("Launch chair"),
            coordinator=seat("Coordinator"),
            payments=seat("Payments lead"),
            comms=seat("Comms lead"),
            api=seat("API lead"),
            frontend=seat("Frontend lead"),
        )
    finally:
        for context in contexts:
            context.close()
