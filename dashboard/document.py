"""The board as JSON: the one shape that the API and `golive status --json` give."""

from __future__ import annotations

import msgspec

from dashboard.launch.view import View

FIELDS = (
    "environment",
    "verdict",
    "sentence",
    "change",
    "clock",
    "lost",
    "notices",
    "judged_at",
    "heartbeat_at",
    "kpis",
    "undelivered",
    "board",
)


def board_document(view: View) -> bytes:
    """What is shown, with the whole board under it. `verdict` is HOLD where `lost` says why, and a KPI has a
    `value` only where its `state` is not "not_known".
    """
    return msgspec.json.encode({name: getattr(view, name) for name in FIELDS})
