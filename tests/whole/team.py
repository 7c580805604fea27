"""golive as a team runs it: two dashboards and a collector on one PostgreSQL, and people who sign in."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.shots import settled
from tests.browser.signing_in import sign_in
from tests.identity import identity_provider, settings
from tests.postgres import Postgres
from tests.whole.people import DESK, WITHIN_MS, Someone
from tests.whole.running import House, Running, collector, free_port, get, is_held_by, until


@dataclass(slots=True, kw_only=True)
class Team:
    """One launch, and all that is started for it. What a test has ended the next one starts again."""

    house: House
    database: Postgres
    ports: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    provider_port: int = field(default_factory=free_port)
    _dashboards: dict[int, Running] = field(default_factory=dict)

    @property
    def public_url(self) -> str:
        """Where people come; the other dashboard is another port of the same host, as behind a proxy."""
        return f"http://127.0.0.1:{self.ports[0]}"

    def collector(self) -> Running:
        """The one that collects now, and has judged."""
        if not self.collectors():
            collector(self.house)
        found = until(lambda: next(filter(self._holds, self.collectors()), None))
        before = self.house.evaluation()
        until(lambda: self.house.evaluation() > before)
        return found

    def collectors(self) -> list[Running]:
        """Those that run."""
        dashboards = [*self._dashboards.values()]
        return [each for each in self.house.started if each not in dashboards and each.process.poll() is None]

    def dashboards(self) -> tuple[Running, Running]:
        """Both, answering."""
        first, second = (self._dashboard(port) for port in self.ports)
        return first, second

    def _holds(self, running: Running) -> bool:
        return is_held_by(self.house.head(), running)

    def _dashboard(self, port: int) -> Running:
        found = self._dashboards.get(port)
        if found is None or found.process.poll() is not None:
            found = self.house.start("serve", "--only", "dashboard", port=port)
            self._dashboards[port] = found
        until(lambda: get(f"{found.url}/healthz"))
        return found

    def kill(self, running: Running) -> None:
        """As a machine that loses power."""
        running.end(signal.SIGKILL)

    @contextmanager
    def provider(self) -> Iterator[None]:
        """The identity provider, for as long as it runs."""
        with identity_provider(self.provider_port) as issuer:
            self.house.environ.update(settings(issuer, self.public_url))
            yield


@contextmanager
def signed_in(chrome: Browser, team: Team, who: str, title: str) -> Iterator[tuple[Someone, Someone]]:
    """One person in one browser, signed in once, with a tab at each dashboard."""
    width, height = DESK
    context = chrome.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    context.set_default_timeout(WITHIN_MS)
    first, second = team.dashboards()
    try:
        page = settled(sign_in(context.new_page(), first.url, who), first.url)
        yield Someone(title=title, page=page), Someone(title=title, page=tab(context, second.url))
    finally:
        context.close()


def tab(context: BrowserContext, url: str) -> Page:
    """One more tab of whoever this browser is of."""
    return settled(context.new_page(), url)
