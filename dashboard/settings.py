"""golive's own settings: one frozen object, built by a function, with secrets masked.

Reading this module reads no environment. What a plan names (addresses, keys) is not a setting of golive.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from collectors.masked import Masked
from collectors.observation import Environment
from dashboard.bucket import Bucket, BucketError, read_bucket
from dashboard.entrance import (
    ALLOWED_HOSTS,
    ANYWHERE,
    LOOPBACK,
    PUBLIC_URL,
    TRUSTED_PROXIES,
    Entrance,
    EntranceError,
    read_proxies,
    read_public_url,
)
from dashboard.signin.provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    COOKIE_SECRET,
    ISSUER,
    ROLES_CLAIM,
    ROSTER,
    Provider,
    SignInError,
    read_provider,
)

DEFAULT_PLAN = Path(__file__).resolve().parent / "plans" / "first-live-dollar.toml"
PREFIX = "GOLIVE_"
NEARLY = 0.85
"""How alike two names are when one is taken for the other misspelt."""
HIGHEST_PORT = 65_535
NOTIFY = "GOLIVE_NOTIFY"
PASSPHRASE = "GOLIVE_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable
RECEIPTS = "GOLIVE_RECEIPTS"
BLOBS_URL = "GOLIVE_BLOBS_URL"
API_AUDIENCE = "GOLIVE_API_AUDIENCE"
API_TOKEN = "GOLIVE_API_TOKEN"  # noqa: S105 - the name of a variable


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of the settings table in the README."""

    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting(
        name="GOLIVE_DATA_DIR", default=".golive", meaning="where the embedded database and keys are kept"
    ),
    Setting(
        name="GOLIVE_PLAN",
        default="(the first live dollar)",
        meaning="the plan file, where no `--plan` names one",
    ),
    Setting(
        name="GOLIVE_DATABASE_URL",
        default="(SQLite in the data folder)",
        meaning="a PostgreSQL address, `postgresql://…`, to remember there instead",
    ),
    Setting(
        name=BLOBS_URL,
        default="(files in the data folder)",
        meaning="a bucket on S3-compatible storage, `s3+https://KEY_ID:SECRET@host/bucket/prefix?region=…`, "
        "to keep there what evidence vouches for instead",
    ),
    Setting(
        name=NOTIFY,
        default="(nobody is told)",
        meaning="[apprise](https://appriseit.com) addresses, separated by spaces or newlines, that are told "
        "of flips, holds, decisions and late tasks",
    ),
    Setting(
        name="GOLIVE_KEYS_DIR",
        default="(`keys` in the data folder)",
        meaning="where the keys that sign evidence are, a folder for each environment",
    ),
    Setting(
        name=PASSPHRASE,
        default="(the keys have none)",
        meaning="what the keys that sign evidence are encrypted with",
    ),
    Setting(
        name="GOLIVE_TSA_URLS",
        default="(no time stamps)",
        meaning="RFC 3161 time-stamping authorities, `name=https://…` separated by spaces; each gets a hash "
        "and nothing else",
    ),
    Setting(
        name=RECEIPTS,
        default="(nobody)",
        meaning="[apprise](https://appriseit.com) addresses that get a receipt of every decision and of the "
        "close",
    ),
    Setting(
        name=ISSUER,
        default="(nobody signs in)",
        meaning="the OpenID Connect provider that people sign in with, `https://…`",
    ),
    Setting(name=CLIENT_ID, default="(none)", meaning="what golive is called at that provider"),
    Setting(name=CLIENT_SECRET, default="(none)", meaning="golive's secret at that provider"),
    Setting(
        name=PUBLIC_URL,
        default="(none)",
        meaning="the address under which browsers come, `https://…`, with a path where the host is shared; "
        "the provider sends people back to `/oauth2callback` below it",
    ),
    Setting(
        name=COOKIE_SECRET,
        default="(none)",
        meaning="what sign-ins are signed with, 32 characters at least and the same for every dashboard; "
        "another one ends them all",
    ),
    Setting(
        name=ROLES_CLAIM, default="roles", meaning="the claim of the provider that names a person's roles"
    ),
    Setting(
        name=ROSTER,
        default="(the claim says)",
        meaning="a TOML file that names everybody's roles instead: `[people]`, then "
        '`"who@example.com" = ["ceo"]`',
    ),
    Setting(
        name=API_AUDIENCE,
        default="(no token is believed)",
        meaning="the audience that a bearer token of that provider must be for, so that a script may ask "
        "golive",
    ),
    Setting(
        name=API_TOKEN,
        default="(none)",
        meaning="the bearer token that `golive status --url` brings",
    ),
    Setting(name="GOLIVE_HOST", default="127.0.0.1", meaning="the address the dashboard listens on"),
    Setting(name="GOLIVE_PORT", default="8501", meaning="the port the dashboard listens on"),
    Setting(
        name=ALLOWED_HOSTS,
        default="(loopback only)",
        meaning="comma-separated host names under which browsers may reach the dashboard",
    ),
    Setting(
        name=TRUSTED_PROXIES,
        default="(no proxy is believed)",
        meaning="addresses or networks of the proxies in front, separated by commas; of who comes through "
        "them they alone are believed",
    ),
)
REHEARSAL_URL, REHEARSAL_TOKEN = "GOLIVE_REHEARSAL_URL", "GOLIVE_REHEARSAL_TOKEN"
"""Set by `golive` for the processes it starts: where the rehearsal's faults and purchases are."""

REHEARSAL_SPEED = "GOLIVE_REHEARSAL_SPEED"
"""Set likewise: how many seconds of the T-clock, and of the world's own delays, pass in one."""

FASTEST = 60

TIME_BASE = "GOLIVE_TIME_BASE"
"""Set by `golive` for the processes it starts: what their clock goes by."""

TSA_ROOTS = "GOLIVE_TSA_ROOTS"
"""Set likewise: where the root of the rehearsal's time-stamping authority is, for whoever verifies."""

_AUTHORITY = re.compile("[a-z0-9-]{1,32}")

TESTING = ("GOLIVE_REQUIRE_BROWSER", "GOLIVE_REQUIRE_PROXY", "GOLIVE_CHROMIUM")
"""Read by the tests alone; no mistake to have them set."""

_KNOWN = frozenset(
    {
        *(setting.name for setting in SETTINGS),
        REHEARSAL_URL,
        REHEARSAL_TOKEN,
        REHEARSAL_SPEED,
        TIME_BASE,
        TSA_ROOTS,
        *TESTING,
    }
)


class SettingsError(Exception):
    """A setting cannot be used: got, expected, the mend."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A time-stamping authority: what it is called in a bundle, and its address."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this golive runs. `database_url` is None for SQLite in `data_dir`; it may hold a password, and the
    addresses of `notify` are secrets altogether.
    """

    data_dir: Path
    plan: Path
    database_url: Masked | None
    host: str
    port: int
    allowed_hosts: tuple[str, ...]
    notify: tuple[Masked, ...] = ()
    keys_dir: Path = Path("keys")
    passphrase: Masked | None = None
    tsas: tuple[Authority, ...] = ()
    receipts: tuple[Masked, ...] = ()
    bucket: Bucket | None = None
    provider: Provider | None = None
    entrance: Entrance = ANYWHERE
    api_audience: str | None = None
    api_token: Masked | None = None
    unnamed: tuple[str, ...] = ()
    """Variables that only a plan can name, where none was known yet."""

    def keys_of(self, environment: Environment) -> Path:
        """The folder of the keys of one environment; live and rehearsal never share a key."""
        return self.keys_dir / environment.value

    def blobs_of(self, environment: Environment) -> Path:
        """The folder of what evidence vouches for, where no bucket is named."""
        return self.data_dir / "evidence" / environment.value

    def receipts_of(self, environment: Environment) -> Path:
        """The folder that remembers which receipts went."""
        return self.data_dir / "receipts" / environment.value

    def store_url(self, environment: Environment) -> Masked:
        """The database of one environment; live and rehearsal never share a file."""
        if self.database_url is not None:
            return self.database_url
        return Masked(f"sqlite:///{self.data_dir.resolve() / environment.value}.sqlite3")


def read_settings(
    environ: Mapping[str, str],
    *,
    data_dir: Path | None = None,
    plan: Path | None = None,
    host: str | None = None,
    port: int | None = None,
    plan_names: Iterable[str] | None = (),
) -> Settings:
    """Settings from the environment, a command's own options first. Raises `SettingsError`.

    `plan_names` are the variables that the plan names; None where no plan is known, and then only a name that
    is nearly a setting's is taken for a misspelt one, and the others wait in `unnamed` for a plan.
    """
    unnamed = _unnamed(environ, plan_names)
    url = environ.get("GOLIVE_DATABASE_URL")
    allowed = environ.get(ALLOWED_HOSTS, "")
    data_dir = data_dir or Path(environ.get("GOLIVE_DATA_DIR", ".golive"))
    keys_dir, passphrase = environ.get("GOLIVE_KEYS_DIR"), environ.get(PASSPHRASE)
    return Settings(
        data_dir=data_dir,
        plan=plan or Path(environ.get("GOLIVE_PLAN") or DEFAULT_PLAN),
        database_url=Masked(url) if url else None,
        host=host or environ.get("GOLIVE_HOST", "127.0.0.1"),
        port=_port(str(port) if port is not None else environ.get("GOLIVE_PORT", "8501")),
        allowed_hosts=tuple(name.strip() for name in allowed.split(",") if name.strip()),
        notify=_channels(NOTIFY, environ.get(NOTIFY, "")),
        keys_dir=Path(keys_dir) if keys_dir else data_dir / "keys",
        passphrase=Masked(passphrase) if passphrase else None,
        tsas=_authorities(environ.get("GOLIVE_TSA_URLS", "")),
        receipts=_channels(RECEIPTS, environ.get(RECEIPTS, "")),
        bucket=_bucket(environ.get(BLOBS_URL, "").strip()),
        provider=_provider(environ),
        entrance=_entrance(environ),
        api_audience=environ.get(API_AUDIENCE, "").strip() or None,
        api_token=Masked(token) if (token := environ.get(API_TOKEN, "").strip()) else None,
        unnamed=unnamed,
    )


def _bucket(text: str) -> Bucket | None:
    try:
        return read_bucket(text) if text else None
    except BucketError as error:
        raise SettingsError(f"{BLOBS_URL}: {error}") from None


def _provider(environ: Mapping[str, str]) -> Provider | None:
    try:
        return read_provider(environ)
    except SignInError as error:
        raise SettingsError(str(error)) from error


def _entrance(environ: Mapping[str, str]) -> Entrance:
    url = environ.get(PUBLIC_URL, "").strip()
    try:
        return Entrance(
            public=read_public_url(url) if url else None,
            proxies=read_proxies(environ.get(TRUSTED_PROXIES, "")),
        )
    except EntranceError as error:
        raise SettingsError(str(error)) from error


def refuse_unnamed(names: Iterable[str], plan_names: Iterable[str]) -> None:
    """Say of the first of these that neither golive nor its plan knows it. Raises `SettingsError`."""
    known = _KNOWN | set(plan_names)
    for name in sorted(set(names) - known):
        near = difflib.get_close_matches(name, known, n=1, cutoff=NEARLY)
        mend = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
        raise SettingsError(f"got the unknown setting {name}; {mend}")


def _authorities(text: str) -> tuple[Authority, ...]:
    found = []
    for each in text.split():
        name, told, url = each.partition("=")
        parts = urlsplit(url)
        is_loopback = parts.scheme == "http" and parts.hostname in LOOPBACK
        if not told or not _AUTHORITY.fullmatch(name) or not (parts.scheme == "https" or is_loopback):
            raise SettingsError(
                f'got "{name[:32]}" in GOLIVE_TSA_URLS, expected name=https://…; mend the address'
            )
        found.append(Authority(name, url))
    if len({each.name for each in found}) != len(found):
        raise SettingsError("got two authorities of one name in GOLIVE_TSA_URLS, expected a name for each")
    return tuple(found)


def _channels(name: str, text: str) -> tuple[Masked, ...]:
    if not text.split():
        return ()
    from dashboard.channels import ChannelError, apprise_channels

    urls = tuple(Masked(url) for url in text.split())
    try:
        apprise_channels(urls)
    except ChannelError as error:
        raise SettingsError(f"{name}: {error}") from None
    return urls


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= HIGHEST_PORT:
        raise SettingsError(
            f'got the port "{text}", expected a number from 1 to {HIGHEST_PORT}; set GOLIVE_PORT or --port'
        )
    return int(text)


def _unnamed(environ: Mapping[str, str], plan_names: Iterable[str] | None) -> tuple[str, ...]:
    """What golive does not know, and a plan may. Raises `SettingsError` for what is no plan's."""
    ours = {name for name in environ if name.startswith(PREFIX)}
    if plan_names is not None:
        refuse_unnamed(ours, plan_names)
        return ()
    unknown = sorted(ours - _KNOWN)
    refuse_unnamed((name for name in unknown if difflib.get_close_matches(name, _KNOWN, cutoff=NEARLY)), ())
    return tuple(unknown)
