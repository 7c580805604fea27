"""The names of faults as a person types them: all known, or refused before anything is started."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import typer

from dashboard.commands.terminal import ERR, Exit


def refuse_unknown_faults(names: Sequence[str]) -> None:
    """Return silently where every name is in the catalogue; else say which was meant, and end."""
    from rehearsal.faults import load

    known = load()
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            mend = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            ERR.print(f'got the unknown fault "{name}"; {mend}', markup=False)
            raise typer.Exit(Exit.UNANSWERED)
