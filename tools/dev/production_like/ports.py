"""Which part listens where: the ports that everybody knows, or any that are free."""

import contextlib
import json
import pathlib
import random
import socket

from production_like.failure import Failure

HOST = "127.0.0.1"
ROOT = pathlib.Path(__file__).resolve().parents[3]
# The one list of services, each after those that it calls.
LIST = json.loads((ROOT / "services/services.json").read_text())
SERVICES = tuple(one["name"] for one in LIST)

CORE = {
    "postgresql": 5432,
    "redis": 6379,
    "gateway": 8080,
    "gateway-operations": 9464,
    **{one["name"]: one["grpc_port"] for one in LIST},
    **{f"{one['name']}-operations": one["operations_port"] for one in LIST},
}
# Those of deploy/local.env, which is for whoever starts these programs by hand.
OBSERVABILITY = {
    "collector-grpc": 4317,
    "collector-http": 4318,
    "collector-metrics": 8889,
    "collector-own-metrics": 8888,
    "collector-health": 13133,
    "jaeger-otlp": 14317,
    "jaeger": 16686,
    "jaeger-grpc": 16685,
    "jaeger-health": 13134,
    "loki": 3100,
    "loki-grpc": 9095,
    "prometheus": 9090,
}

LENT = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")


def usual(observability: bool) -> dict[str, int]:
    return CORE | (OBSERVABILITY if observability else {})


def free(observability: bool) -> dict[str, int]:
    """Below those that the system lends to clients, so that a part which is stopped finds its port again. Somebody else may be
    quicker to take one; the part then says so."""
    names = [*usual(observability)]
    lent_from = int(LENT.read_text().split()[0]) if LENT.exists() else 32768
    with contextlib.ExitStack() as held:
        found: list[int] = []
        while len(found) < len(names):
            port = random.randrange(10_000, lent_from)
            one = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                one.bind((HOST, port))
                found.append(port)
        return dict(zip(names, found, strict=True))


def _busy(port: int) -> bool:
    with socket.socket() as one:
        # As servers do: what a connection that has ended left behind is in nobody's way.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((HOST, port))
        except OSError:
            return True
    return False


def require_free(ports: dict[str, int]):
    """Before anything is started: names every port that somebody else has."""
    busy = [f"{port} ({name})" for name, port in ports.items() if _busy(port)]
    if busy:
        what, verb = ("port", "is") if len(busy) == 1 else ("ports", "are")
        raise Failure(f"{what} {', '.join(busy)} {verb} taken by another program; end it, or take free ports with --ports auto")
