"""What a plan's mistakes say of a name that is none: what was meant, or which names there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

SHOWN = 12
"""So many known names are listed where none is near."""


def unknown(what: str, got: str, known: Iterable[str]) -> str:
    """The sentence for a name that is not among those known."""
    names = list(known)
    near = difflib.get_close_matches(got, names, n=1)
    mend = (
        f'did you mean "{near[0]}"?'
        if near
        else f"known are {', '.join(names[:SHOWN])}{' …' if len(names) > SHOWN else ''}"
    )
    return f'unknown {what} "{got}"; {mend}'
