"""Where notices go: the channels of `GOLIVE_NOTIFY`, through apprise, and the plan's own service.

A channel's address is a secret. It is called by its scheme and a number ("slack 1"), and no error, log or
record holds more of it. apprise is imported where a channel is named, because its plugins take a second.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from collectors.addresses import is_loopback
from collectors.asking import Asker, AskError
from collectors.masked import Masked
from dashboard.launch.delivery import UndeliveredError

if TYPE_CHECKING:
    from apprise import AppriseResult, NotifyBase

SEND_S = 20.0
"""How long one channel may take for one notice; apprise itself waits up to 5.5 s between two."""

OK = range(200, 300)
LOOSE_LOGGERS = ("apprise", "urllib3", "requests_oauthlib", "oauthlib")
"""They write addresses, which are secrets here, into their lines."""

_STATUS = re.compile(r"\berror=(\d{3})\b")


class ChannelError(Exception):
    """An address cannot be used; the message says what is wrong with it, and nothing of it."""


@dataclass(slots=True, kw_only=True)
class AppriseChannel:
    """One apprise address. A send that hangs is left behind in its thread, and no second one is begun."""

    name: str
    service: NotifyBase = field(repr=False)
    within_s: float = SEND_S
    _thread: threading.Thread | None = field(default=None, repr=False)

    async def send(self, text: str) -> None:
        """Send within `within_s` seconds. The thread is a daemon's, so that it holds up no end of golive."""
        if self._thread is not None and self._thread.is_alive():
            raise UndeliveredError("the try before still hangs")
        loop = asyncio.get_running_loop()
        told: asyncio.Future[str | None] = loop.create_future()

        def work() -> None:
            error = _sent(self.service, text)
            with suppress(RuntimeError):  # the loop may have ended meanwhile, and nobody waits any more
                loop.call_soon_threadsafe(_tell, told, error)

        self._thread = threading.Thread(target=work, name=f"golive notifies {self.name}", daemon=True)
        self._thread.start()
        try:
            error = await asyncio.wait_for(told, self.within_s)
        except TimeoutError:
            raise UndeliveredError(f"timed out after {self.within_s:g} s") from None
        if error is not None:
            raise UndeliveredError(error)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceChannel:
    """The service that `[announce]` of the plan names, asked like every other: no redirect, no proxy."""

    name: str
    asker: Asker
    url: str
    header: str
    secret: Masked
    text: str
    body: Mapping[str, str | bool | int]

    async def send(self, text: str) -> None:
        """Post the notice. `UndeliveredError` where the answer is not of the 2xx."""
        try:
            answer = await self.asker.ask(
                "POST", self.url, headers={self.header: self.secret}, json={**self.body, self.text: text}
            )
        except AskError as error:
            raise UndeliveredError(error.detail) from None
        if answer.status not in OK:
            raise UndeliveredError(f"got HTTP {answer.status}")


def apprise_channels(urls: Sequence[Masked]) -> tuple[AppriseChannel, ...]:
    """A channel for each address. Raises `ChannelError` naming the position of the first that is none."""
    if not urls:
        return ()
    services = list(_services(urls))
    counted: Counter[str] = Counter()
    channels = []
    for url, service in zip(urls, services, strict=True):
        scheme = url.reveal().partition("://")[0].lower()
        counted[scheme] += 1
        channels.append(AppriseChannel(name=f"{scheme} {counted[scheme]}", service=service))
    return tuple(channels)


def _services(urls: Sequence[Masked]) -> Iterator[NotifyBase]:
    from apprise import Apprise, AppriseAsset

    for name in LOOSE_LOGGERS:
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:  # without one, Python writes warnings to standard error
            logger.addHandler(logging.NullHandler())
    # Nothing is read from disk or kept there: no configuration, no plugins, no storage, no keys, no icons.
    asset = AppriseAsset(
        app_id="golive",
        app_desc="golive",
        app_url="",
        image_path_mask=False,
        image_url_mask="",
        image_url_logo="",
        plugin_paths=None,
        storage_mode="memory",
        pgp_autogen=False,
        pem_autogen=False,
        allow_templates=False,
        http_redirects=False,
        secure_logging=True,
        language="en",
        service_timeout=0,
    )
    for position, url in enumerate(urls, start=1):
        service = Apprise.instantiate(url.reveal(), asset=asset)
        if service is None:
            raise ChannelError(
                f"got no address that apprise knows at position {position}, expected one such as slack://…; "
                "its schemes are listed on https://appriseit.com"
            )
        if _is_plain(service):
            raise ChannelError(
                f"got an address without encryption at position {position}, expected one with it outside "
                f"loopback; write {_first(service.secure_protocol)}://"
            )
        yield service


def _is_plain(service: NotifyBase) -> bool:
    """Whether it goes unencrypted to another machine, though it need not."""
    chosen = bool(service.protocol) and bool(service.secure_protocol)
    host = service.host or ""
    return chosen and not service.secure and bool(host) and not is_loopback(host)


def _first(protocol: Any) -> str:
    return protocol if isinstance(protocol, str) else str(next(iter(protocol)))


def _tell(told: asyncio.Future[str | None], error: str | None) -> None:
    if not told.done():
        told.set_result(error)


def _sent(service: NotifyBase, text: str) -> str | None:
    """Send in this thread; what went wrong, or None. Of an exception only its kind is told."""
    from apprise import Apprise, NotifyFormat

    try:
        to = Apprise(service, asset=service.asset)
        result = to.notify(body=text, body_format=NotifyFormat.TEXT)
    except Exception as error:  # noqa: BLE001 - whatever a plugin raises may quote its address
        return f"failed within apprise ({type(error).__name__})"
    return None if result else _error_of(result)


def _error_of(result: AppriseResult) -> str:
    status = next((found for entry in result.logs() if (found := _STATUS.search(entry.message))), None)
    return "no answer (not reached, refused or too slow)" if status is None else f"got HTTP {status[1]}"
