"""A receipt as a page to print: its text, and its note as a code that a camera reads."""

from __future__ import annotations

import io
from html import escape

import segno

from evidence.receipt import parsed

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}
pre{font:12px/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
svg{width:16rem;height:16rem}
"""


def printable(receipt: bytes) -> bytes:
    """The page, whole in itself. Raises `ReceiptError` where this is no receipt."""
    found, drawn = parsed(receipt), io.BytesIO()
    segno.make(found.note, mode="byte", error="m").save(drawn, kind="svg", xmldecl=False, border=2, scale=4)
    title = f"Receipt: {found.told.get('verdict', '')} ({found.told.get('at', '')})"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>"
        "<p>Keep this away from whoever runs golive. With it an auditor sees whether anything that was "
        "recorded up to then was changed or dropped.</p>"
        f"<pre>{escape(receipt.decode())}</pre>{drawn.getvalue().decode()}"
        "<p>The code holds the note: everything below the empty line.</p></body></html>\n"
    ).encode()
