"""Whether a port can be listened on, said before anything is started."""

from __future__ import annotations

import os
import socket


class PortTakenError(Exception):
    """The address cannot be listened on; the message says which, and the mend."""


def check_port(*, host: str, port: int) -> None:
    """Raise `PortTakenError` where somebody else listens."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTakenError(
                f"Port {port} on {host} cannot be used ({error.strerror}), expected a free one; "
                f"stop what listens there or start with --port {port + 1} (or GOLIVE_PORT)."
            ) from error
