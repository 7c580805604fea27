"""Lets go of what browsers left. A session that is over is held by itself alone, and holds an event loop: two
sockets and a file. Streamlit's own way is to collect after every redraw, which is switched off
(`runner.postScriptGC`); Python by itself waits for so much garbage that the files may run out first.
"""

from __future__ import annotations

import asyncio
import gc

EVERY_S = 60.0


async def collect_garbage(every_s: float = EVERY_S) -> None:
    """Collect each minute, for as long as the dashboard runs. What is there at the start stays for ever and
    is never looked through again, so that a collection is over before anybody waits for a redraw. On the
    loop's own thread, because a session takes leave of the server as it goes.
    """
    gc.collect()
    gc.freeze()
    try:
        while True:
            await asyncio.sleep(every_s)
            gc.collect()
    finally:
        gc.unfreeze()
