"""Which addresses may be asked at all, and how a request is called where people can read it."""

from __future__ import annotations

import functools
import ipaddress
from dataclasses import dataclass

import httpcore
import httpx


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a question goes. `shown` is without query and user info; `refusal` says why nothing is sent."""

    url: httpx.URL
    wire: httpcore.URL
    origin: str
    shown: str
    refusal: str | None


@functools.lru_cache(maxsize=1024)
def address(text: str) -> Address:
    """An address, taken apart once."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        refusal = "got something that is no address, expected https://host/path: correct it in the plan"
        return Address(
            url=httpx.URL(), wire=_wire(httpx.URL()), origin="", shown="(no valid address)", refusal=refusal
        )
    host = f"[{url.host}]" if ":" in url.host else url.host
    origin = f"{url.scheme}://{host}" + ("" if url.port is None else f":{url.port}")
    return Address(url=url, wire=_wire(url), origin=origin, shown=origin + url.path, refusal=_refusal(url))


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _wire(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _refusal(url: httpx.URL) -> str | None:
    if url.userinfo:
        return "got an address with user info, expected none: name a secret in the plan instead"
    if url.scheme == "https" and url.host:
        return None
    if url.scheme == "http" and is_loopback(url.host):
        return None
    scheme = url.scheme or "no scheme"
    return f"got {scheme}, expected https (plain http only to loopback): correct the address"
