"""A Stripe with so many charges in a process of its own: `python -m tests.bench.charge_source N`.

Says its address in one line and ends with its standard input. It answers from memory, so that what is
measured is the reader.
"""

from __future__ import annotations

import asyncio
import json
import sys
from email.utils import format_datetime

from tests.collectors.loopback import Loopback, Reply, Request, as_json
from tests.collectors.stripe_objects import charge
from tests.collectors.striping import NOW, NOW_S

PADDING = "x" * 4_000
"""Together with what is read a charge is as large as Stripe's: about 5 kB."""

DATE = format_datetime(NOW, usegmt=True)


async def serve(count: int) -> None:
    """Serve until standard input closes."""
    made = [charge(number, NOW_S - number // 3, padding=PADDING) for number in range(count)]
    places = {each["id"]: place for place, each in enumerate(made)}
    written = [json.dumps(each).encode() for each in made]

    def page(request: Request) -> Reply:
        after = request.query.get("starting_after")
        start = 0 if after is None else places[after[0]] + 1
        end = start + int(request.query["limit"][0])
        more = b"true" if end < count else b"false"
        body = b'{"object":"list","has_more":' + more + b',"data":[' + b",".join(written[start:end]) + b"]}"
        return Reply(headers={"Content-Type": "application/json", "Date": DATE}, body=body)

    async with Loopback().running() as source:
        source.on("/v1/balance", as_json({"object": "balance", "livemode": True}, Date=DATE))
        source.on("/v1/charges", page)
        sys.stdout.write(f"{source.base}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
