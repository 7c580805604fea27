"""What the capturing process is asked and answers, and which requests of a page it lets through."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_WITHIN_THE_PAGE = {"data", "blob"}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which page to take, into which file."""

    url: str
    hosts: tuple[str, ...]
    masks: tuple[str, ...]
    timeout_s: Annotated[float, Meta(gt=0)]
    chromium: str
    file: str


class Taken(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The picture is in the file."""

    url: str
    status: int
    http_date: str | None
    browser_version: str
    masked_regions: int


class NotTaken(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """There is no picture, and why; `no_browser` where no page was even asked for."""

    why: str
    no_browser: bool = False


def host_of(url: str) -> str:
    """The host, and the port where it is not the scheme's own: as an allow-list names it."""
    parts = urlsplit(url)
    name = parts.hostname or ""
    name = f"[{name}]" if ":" in name else name
    return name if parts.port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f"{name}:{parts.port}"


def is_allowed(url: str, hosts: Collection[str]) -> bool:
    """Whether a page may ask for this: what it holds within itself, and what a listed host has."""
    try:
        scheme, host = urlsplit(url).scheme, host_of(url)
    except ValueError:
        return False
    return scheme in _WITHIN_THE_PAGE or (scheme in _DEFAULT_PORTS and host in hosts)


def without_query(url: str) -> str:
    """An address without what may hold a secret: query, fragment, user and password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{host_of(url)}{parts.path}"
