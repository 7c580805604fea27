"""Many equally slow sources in a process of their own: `python -m tests.bench.slow_source N MS`.

Says their addresses in one line of JSON and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from dataclasses import replace

from tests.collectors.loopback import Loopback, as_json


async def serve(count: int, delay_ms: int) -> None:
    """Serve until standard input closes."""
    slow = replace(as_json({"ready": True, "build": "bench"}), delay_s=delay_ms / 1000)
    async with AsyncExitStack() as running:
        sources = [await running.enter_async_context(Loopback().running()) for _ in range(count)]
        for source in sources:
            source.on("/readyz", slow)
        sys.stdout.write(json.dumps([source.base for source in sources]) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
