"""Ports for the servers that tests start."""

import random
import socket

#: Below the range that systems take ports for outgoing connections from: none of those can be given ours meanwhile.
_FIRST, _LAST = 20_000, 32_000


def free_port() -> int:
    """A port of this machine that nobody listens on, and that no outgoing connection will be given."""
    chosen = random.SystemRandom()
    while True:
        port = chosen.randrange(_FIRST, _LAST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
