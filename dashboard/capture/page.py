"""Takes a picture of a page as evidence: by an installed Chromium, of listed hosts alone, as pixels alone.

The browser runs in a child process without our environment, and its files go with the call. Nothing is ever
downloaded to make it work: without Playwright or a Chromium there is no picture, and a sentence says so.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from dashboard.capture.exchange import Asked, NotTaken, Taken, host_of, without_query
from evidence.image import ImageError, sanitised

GRACE_S = 45.0
"""How much longer than a page's own time the child may take to start a browser and to end it."""
_ENDED_WITHIN_S = 10.0
_CHROMIUMS = ("chromium", "google-chrome", "chromium-browser")
_SEEN = ("PATH", "LANG", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV")
"""All that the child sees of our environment, which holds the keys of the launch."""
_HOST = re.compile(r"(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


class CaptureError(Exception):
    """There is no picture of the page: got, expected, the mend."""


class CaptureUnavailableError(CaptureError):
    """There can be no picture of any page on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A picture of what a browser showed, 1280 × 800, and what it was told. `http_date` is the page's own."""

    png: bytes = field(repr=False)
    url_without_query: str
    status: int
    http_date: str | None
    browser_version: str
    masked_regions: int


def capture_page(
    url: str,
    *,
    hosts: Collection[str],
    masks: Collection[str] = (),
    timeout_s: float,
    chromium: str | None = None,
) -> Captured:
    """The page at an address, whatever its status. `hosts` are what it may reach, as `name` or `name:port`,
    its own among them; `masks` are CSS selectors of what is to be painted over, and each must be there.

    Blocks, so call it in a thread. Raises `CaptureError`.
    """
    _check(url, hosts)
    browser = _browser(chromium)
    # A short name: the browser makes a socket in it, whose path may have a hundred characters.
    with tempfile.TemporaryDirectory(prefix="golive-", ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "page.png"
        asked = Asked(
            url=url,
            hosts=tuple(sorted(hosts)),
            masks=tuple(masks),
            timeout_s=timeout_s,
            chromium=browser,
            file=str(file),
        )
        taken = _answered(asked, folder)
        try:
            png = sanitised(file.read_bytes()).png
        except (OSError, ImageError) as error:
            raise CaptureError(
                f"got no picture from the browser ({error}), expected one; try again"
            ) from error
    return Captured(
        png=png,
        url_without_query=without_query(taken.url),
        status=taken.status,
        http_date=taken.http_date,
        browser_version=taken.browser_version,
        masked_regions=taken.masked_regions,
    )


def _check(url: str, hosts: Collection[str]) -> None:
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise CaptureError(f"got {host!r} as a host, expected a lower-case name, or name:port; mend it")
    try:
        host = host_of(url)
    except ValueError as error:
        raise CaptureError("got an address that is none, expected http or https; mend it") from error
    if not url.startswith(("http://", "https://")) or "@" in url.split("/")[2]:
        raise CaptureError("got an address with a password or another scheme, expected http or https alone")
    if host not in hosts:
        raise CaptureError(
            f"got a page of {host}, expected one of {', '.join(sorted(hosts)) or 'nowhere'}; list the host"
        )


def _browser(named: str | None) -> str:
    if importlib.util.find_spec("playwright") is None:
        raise CaptureUnavailableError(
            "got no Playwright, expected it for pictures of pages; install golive[capture]"
        )
    found = next(filter(None, map(shutil.which, (named,) if named else _CHROMIUMS)), None)
    if found is None:
        where = f"at {named}" if named else "on the PATH"
        raise CaptureUnavailableError(
            f"got no Chromium {where}, expected one for pictures of pages; install it, or name where it is"
        )
    return found


def _answered(asked: Asked, folder: str) -> Taken:
    seen = {name: os.environ[name] for name in _SEEN if name in os.environ}
    with subprocess.Popen(
        [sys.executable, "-m", "dashboard.capture.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**seen, "HOME": folder, "TMPDIR": folder},
        start_new_session=True,
    ) as child:
        try:
            said, _ = child.communicate(msgspec.json.encode(asked), timeout=asked.timeout_s + GRACE_S)
        except subprocess.TimeoutExpired as error:
            _end(child)
            raise CaptureError(
                f"got no answer from the browser within {asked.timeout_s + GRACE_S:g} s, expected a picture; "
                "try again"
            ) from error
    try:
        told = msgspec.json.decode(said, type=Taken | NotTaken)
    except msgspec.DecodeError as error:
        raise CaptureError(
            f"got no answer from the browser's process (code {child.returncode}), expected one; try again"
        ) from error
    if isinstance(told, NotTaken):
        raise (CaptureUnavailableError if told.no_browser else CaptureError)(told.why)
    return told


def _end(child: subprocess.Popen[bytes]) -> None:
    # Playwright's driver sees its child gone and ends the browser, which is in no group of ours; the driver
    # shares our pipe, which ends with it. Only then the browser writes no more into the folder.
    child.kill()
    try:
        child.communicate(timeout=_ENDED_WITHIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
