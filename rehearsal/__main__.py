"""`python -m rehearsal`: serves a world, says where in one line of JSON, and ends when it is told to."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import threading
from pathlib import Path

from rehearsal.signing_in import SignInWish
from rehearsal.switchboard import UnknownFaultError
from rehearsal.world import World, serving


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(
        prog="python -m rehearsal", description="The world in small, on loopback."
    )
    parser.add_argument("--state-dir", type=Path, required=True, help="where the world keeps itself")
    parser.add_argument("--seed", type=int, default=0, help="decides ids and jitter of a fresh world")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="ID", help="put this fault in at once"
    )
    parser.add_argument("--speed", type=int, default=1, help="how much faster its own delays pass")
    parser.add_argument("--sign-in", metavar="URL", help="let people of the golive there sign in")
    parser.add_argument(
        "--role", action="append", default=[], metavar="ID=TITLE", help="somebody who signs in has this role"
    )
    parser.add_argument("--exit-with-stdin", action="store_true", help="end when standard input is closed")
    asked = parser.parse_args()
    try:
        asyncio.run(_serve(asked))
    except UnknownFaultError as error:
        parser.error(str(error))


async def _serve(asked: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if asked.exit_with_stdin:
        _watch_stdin(loop, stop)
    async with serving(
        asked.state_dir, seed=asked.seed, faults=asked.fault, speed=asked.speed, sign_in=_sign_in(asked)
    ) as world:
        _say(world)
        await stop.wait()


def _sign_in(asked: argparse.Namespace) -> SignInWish | None:
    if asked.sign_in is None:
        return None
    roles = dict(each.partition("=")[::2] for each in asked.role)
    return SignInWish(public_url=asked.sign_in, roles=roles)


def _say(world: World) -> None:
    where = {"control_url": world.control_url, "control_token": world.control_token}
    sys.stdout.write(json.dumps({**where, "environment": world.environment}) + "\n")
    sys.stdout.flush()


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # A thread, because an event loop cannot watch every kind of standard input (a file, /dev/null); and the
    # bare descriptor, because a daemon thread inside a buffered read aborts the interpreter at its end.
    def watch() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            continue
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=watch, name="stdin", daemon=True).start()


if __name__ == "__main__":
    main()
