"""Who may do what, as a page of the docs, made from the code: `make docs` writes it, and a test compares."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from dashboard.access import ACTIONS, ALLOWED, SCOPES, Action, Scope
from dashboard.api.address import PREFIX
from dashboard.api.addresses import ADDRESSES as API
from dashboard.launch.plan import RoleKind

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "access.md"
_HEAD = """# Who may do what

Made from `dashboard/access.py`, the pages and the routes by `make docs`; a test holds it to them. The
default is deny: what stands nowhere here is nobody's. A plan gives each of its roles one of these kinds.
Where people sign in, the kind is that of a role which the claim or the roster gives them, looked up at each
redraw and each press; where nobody signs in, it is what somebody picked.
"""
_PAGES = """## Pages

Each page asks the table first, and so does what it calls. A page that a role may not see is not in its
menu, and its address shows one sentence.
"""
_ADDRESSES = """## Addresses

Below the path of `GOLIVE_PUBLIC_URL`. Where people sign in, an address that stands nowhere here (a page, a
socket, a file that is handed out or in, Streamlit's own) needs a session that has not ended. Where nobody
signs in it needs nothing, and what says *this machine* is given to nobody else, nor through a proxy.
"""


def _asked(*scopes: Scope) -> str:
    may = " or ".join(dict.fromkeys(SCOPES[scope].value for scope in scopes))
    return (
        f"a session with a role that may {may}, or a token with {' or '.join(f'`{one}`' for one in scopes)}"
    )


ADDRESSES: Sequence[tuple[str, str, str]] = (
    ("/healthz", "nothing", "nothing"),
    ("/_stcore/health", "nothing", "nothing"),
    ("/sign-in", "nothing; so many tries a minute", "-"),
    ("/auth/login", "nothing; so many tries a minute", "-"),
    ("/auth/logout", "nothing; so many tries a minute", "-"),
    ("/oauth2callback", "nothing; so many tries a minute", "-"),
    *((f"{PREFIX}{address.path}", _asked(*address.scopes), "this machine") for address in API),
    ("/api/v1/", "a session; there is nothing", "there is nothing"),
    ("/metrics", _asked(Scope.METRICS), "this machine"),
    ("/api/events", f"a session with a role that may {SCOPES[Scope.BOARD].value}", "nothing"),
    ("/download/", "a session, a role of that person's, and what the table asks of that role", "a role"),
    ("/api/", "a session; there is nothing", "there is nothing"),
    ("/_stcore/metrics", "closed", "closed"),
    ("/_stcore/agent", "closed", "closed"),
)
"""What an address begins with, what it asks for where people sign in, and where nobody does."""

_COMMANDS = """## Commands

`golive act` and `golive evidence add`, `review`, `command` and `erase` act as the role that `--as` names
and ask the same table; what they record is *asserted*. Who has the shell, the store's password and the keys
can do more than any role: that is what the operating system's own accounts are for.
"""


def document() -> str:
    """The page."""
    acts = {action: [act.command for act in ACTIONS if ACTIONS[act] is action] for action in Action}
    actions = [
        (action.value, ", ".join(f"`{act}`" for act in acts[action]) or "-", *_kinds(action))
        for action in Action
    ]
    pages = [(_title(file), f"`{file.stem}`", action.value) for file, action in pages_and_actions()]
    return "\n".join(
        (
            _HEAD,
            *_table(("action", "`golive act`", *RoleKind), actions),
            "",
            _PAGES,
            *_table(("page", "file", "asks whether one may"), pages),
            "",
            _ADDRESSES,
            *_table(
                ("address", "where people sign in", "where nobody does"),
                [(f"`{path}`" + ("…" if path.endswith("/") else ""), *rest) for path, *rest in ADDRESSES],
            ),
            "",
            _COMMANDS,
        )
    )


def pages_and_actions() -> Iterator[tuple[Path, Action]]:
    """Each page, and the one action that it requires before anything else."""
    for file in sorted((ROOT / "pages").glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        asked = [
            node.args[0].attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "require"
            and isinstance(node.args[0], ast.Attribute)
        ]
        if file.stem != "__init__":
            (name,) = asked
            yield file, Action[name]


def _kinds(action: Action) -> list[str]:
    return ["yes" if kind in ALLOWED[action] else "" for kind in RoleKind]


def _title(file: Path) -> str:
    """Its first word or words, as its own first line calls it."""
    first = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return re.split(r"[.,:]", first)[0]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def main() -> None:
    """Write it."""
    DOCUMENT.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()
