"""Ports for servers that cannot be asked for port 0."""

import contextlib
import pathlib
import random
import socket

LENT = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody listens on now, and below those that the system lends to clients: a server that is
    stopped and started again finds its port as it left it. Another test may be quicker to take one: try with others."""
    lent_from = int(LENT.read_text().split()[0]) if LENT.exists() else 32768
    with contextlib.ExitStack() as held:
        found: list[int] = []
        while len(found) < count:
            port = random.randrange(10_000, lent_from)
            one = held.enter_context(socket.socket())
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
        return found
