"""A way to a server on which everything can be lost: what is sent is swallowed, and nobody says so."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class Line:
    """A port of this machine that leads to a server. While it is silent, what is sent is swallowed; while it
    is deaf, what is answered alone.
    """

    port: int
    silent: threading.Event = field(default_factory=threading.Event)
    deaf: threading.Event = field(default_factory=threading.Event)
    swallowed: threading.Event = field(default_factory=threading.Event)
    ends: list[socket.socket] = field(default_factory=list)


@contextmanager
def line_to(target: str) -> Iterator[Line]:
    """A line to the socket at this path."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = Line(port=server.getsockname()[1])
        serving = threading.Thread(target=_serve, args=(server, target, line))
        serving.start()
        try:
            yield line
        finally:
            for each in (server, *line.ends):
                with suppress(OSError):  # it was ended from the other side
                    each.shutdown(socket.SHUT_RDWR)
            serving.join()


def _serve(server: socket.socket, target: str, line: Line) -> None:
    with ExitStack() as ending, suppress(OSError):
        while True:
            near = ending.enter_context(server.accept()[0])
            far = ending.enter_context(socket.socket(socket.AF_UNIX))
            far.connect(target)
            line.ends += (near, far)
            for here, there, lost in (
                (near, far, (line.silent,)),
                (far, near, (line.silent, line.deaf)),
            ):
                passing = threading.Thread(target=_pass, args=(here, there, line, lost))
                ending.callback(passing.join)
                passing.start()


def _pass(here: socket.socket, there: socket.socket, line: Line, lost: tuple[threading.Event, ...]) -> None:
    with suppress(OSError):
        while said := here.recv(65_536):
            if any(each.is_set() for each in lost):
                line.swallowed.set()
                return  # this connection never says anything again, and is never closed
            there.sendall(said)
        there.shutdown(socket.SHUT_RDWR)
