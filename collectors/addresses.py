"""Which addresses may be asked at all, and how a request is called where people can read it."""

from __future__ import annotations

import ipaddress

import httpx


def request_line(method: str, url: str) -> str:
    """How a request is called on screen and in evidence: without query, fragment and user info."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return f"{method} (no valid address)"
    port = "" if parts.port is None else f":{parts.port}"
    host = f"[{parts.host}]" if ":" in parts.host else parts.host
    return f"{method} {parts.scheme}://{host}{port}{parts.path}"


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refusal(url: str) -> str | None:
    """The sentence why nothing is sent to an address, or None."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return "got something that is no address, expected https://host/path: correct it in the plan"
    if parts.userinfo:
        return "got an address with user info, expected none: name a secret in the plan instead"
    if parts.scheme == "https" and parts.host:
        return None
    if parts.scheme == "http" and is_loopback(parts.host):
        return None
    scheme = parts.scheme or "no scheme"
    return f"got {scheme}, expected https (plain http only to loopback): correct the address"
