"""How browsers come to golive: under which address, and through which proxies.

Reading this module reads no environment. An address may have a path, where a host is shared with others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

PUBLIC_URL: Final = "GOLIVE_PUBLIC_URL"
ALLOWED_HOSTS: Final = "GOLIVE_ALLOWED_HOSTS"
TRUSTED_PROXIES: Final = "GOLIVE_TRUSTED_PROXIES"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]*")
_PORTS: Final = {"http": 80, "https": 443}
"""No browser names these in an origin."""
_OF_STREAMLIT: Final = frozenset({"_stcore", "component", "media", "static"})
"""What Streamlit keeps for itself at the top of a host."""


class EntranceError(Exception):
    """The address or the proxies cannot be used: got, expected, the mend."""


@dataclass(frozen=True, slots=True)
class PublicUrl:
    """The address under which browsers come. `origin` is scheme, host and port; `path` is "" or begins with a
    slash, and has none at its end.
    """

    origin: str
    path: str = ""

    def __str__(self) -> str:
        return f"{self.origin}{self.path}"

    @property
    def host(self) -> str:
        """Its host alone."""
        return urlsplit(self.origin).hostname or ""

    @property
    def is_https(self) -> bool:
        """Whether browsers come over TLS, so that a cookie may ask for it."""
        return self.origin.startswith("https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """`public` is None where golive is looked at under whatever address it listens on. `proxies` are believed
    who it is that comes through them.
    """

    public: PublicUrl | None = None
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()

    @property
    def path(self) -> str:
        """What stands before every path of golive, "" where it has a host of its own."""
        return "" if self.public is None else self.public.path

    def is_proxy(self, address: str) -> bool:
        """Whether this is the address of a proxy whose word is taken."""
        try:
            told = ip_address(address)
        except ValueError:
            return False
        return any(told in network for network in self.proxies)


ANYWHERE: Final = Entrance()
"""What is so where nothing is set."""


def read_public_url(text: str) -> PublicUrl:
    """The address that was set. Raises `EntranceError`."""
    origin = safe_address(PUBLIC_URL, text)
    parts = urlsplit(origin)
    segments = parts.path.split("/")[1:]
    if any(not _SEGMENT.fullmatch(segment) for segment in segments if segment not in _OF_STREAMLIT):
        raise EntranceError(
            f"got a {PUBLIC_URL} with the path {parts.path}, expected one of letters, digits, dots and "
            "dashes as in https://ops.example.com/golive; mend it"
        )
    if segments and segments[0] in _OF_STREAMLIT:
        raise EntranceError(
            f"got a {PUBLIC_URL} with the path {parts.path}, expected none that begins with "
            f"{', '.join(sorted(_OF_STREAMLIT))}: these are Streamlit's; take another"
        )
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port in {None, _PORTS[parts.scheme]} else f":{parts.port}"
    return PublicUrl(f"{parts.scheme}://{host}{port}", parts.path)


def read_proxies(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """The addresses and networks that were named. Raises `EntranceError`."""
    found = []
    for each in text.replace(",", " ").split():
        try:
            network = ip_network(each)
        except ValueError:
            network = None
        # A network of everybody takes everybody's word, and then each chooses who they are.
        if network is None or network.prefixlen == 0:
            raise EntranceError(
                f'got "{each[:64]}" in {TRUSTED_PROXIES}, expected the address of a proxy (10.0.0.5) or its '
                "network (10.0.0.0/24); mend it"
            )
        found.append(network)
    return tuple(found)


def safe_address(name: str, text: str) -> str:
    """An address that secrets may go to, without a slash at its end. Raises `EntranceError`."""
    try:
        parts = urlsplit(text)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        is_plain = (
            is_safe and bool(parts.hostname) and not (parts.query or parts.fragment or "@" in parts.netloc)
        )
        _ = parts.port
    except ValueError:
        is_plain = False
    if not is_plain:
        raise EntranceError(
            f"got a {name} that is no https:// address without a query, expected one (http:// on this "
            "machine alone); mend it"
        )
    return text.rstrip("/")
