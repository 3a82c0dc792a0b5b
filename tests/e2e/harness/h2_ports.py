"""The ports that speak HTTP/2, for cases that attack each in the same words: the HTTP port in the clear or over TLS, and a gRPC port."""

import contextlib
import socket
import ssl

from harness.h2_wire import H2Client, H2Wire, connected
from harness.system import System

MEMORY_MAX = 64 * 1024 * 1024
GRPC = (("content-type", "application/grpc"), ("te", "trailers"))
# Field 1 is the id.
NOBODY = b"\x0a\x24" + b"01a20000-0000-7000-8000-000000000000"


class HttpPort:
    small = {"path": "/health"}
    with_body = ({"path": "/api/users", "method": "POST"}, (("content-type", "application/json"),))

    def __init__(self, system: System, tls: ssl.SSLContext | None = None):
        self.process = system.process_of("gateway")
        self.address = system.address
        self._tls = tls

    def connect(self) -> socket.socket:
        return connected(self.address, 20, self._tls)

    def wire(self, **options) -> H2Wire:
        return H2Wire(self.address, tls=self._tls, **options)

    def client(self) -> H2Client:
        return H2Client(self.address, tls=self._tls)

    def whole(self, wire: H2Wire, stream: int, *more: tuple[str, str]) -> bytes:
        """A request that is complete with these bytes."""
        return wire.headers(stream, *more, **self.small)

    def half(self, wire: H2Wire, stream: int) -> bytes:
        """The header of one whose body does not come."""
        target, more = self.with_body
        return wire.headers(stream, *more, **target, end=False)

    def serves(self, client: H2Client) -> bool:
        return client.ask("/health")[0] == 200


class CallsAtHttpPort(HttpPort):
    """Calls of gRPC on the HTTP port whose streams are served from their head on."""

    small = {"path": "/grpc.health.v1.Health/Check", "method": "POST"}
    with_body = ({"path": "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "method": "POST"}, GRPC)

    def whole(self, wire: H2Wire, stream: int, *more: tuple[str, str]) -> bytes:
        return wire.headers(stream, *GRPC, *more, **self.small)

    def serves(self, client: H2Client) -> bool:
        status, headers, _ = client.ask("/grpc.health.v1.Health/Check", "POST", *GRPC, body=bytes(5))
        return (status, headers["grpc-status"]) == (200, "0")


class GrpcPort(HttpPort):
    small = {"path": "/grpc.health.v1.Health/Check", "method": "POST"}
    with_body = ({"path": "/user.UserService/CreateUser", "method": "POST"}, GRPC)

    def __init__(self, system: System):
        super().__init__(system)
        self.process = system.process_of("user")
        host, port = system.grpc("user").rsplit(":", 1)
        self.address = (host, int(port))

    def whole(self, wire: H2Wire, stream: int, *more: tuple[str, str]) -> bytes:
        return wire.headers(stream, *GRPC, *more, **self.small)

    def serves(self, client: H2Client) -> bool:
        message = b"\x00" + len(NOBODY).to_bytes(4, "big") + NOBODY
        status, headers, _ = client.ask("/user.UserService/GetUser", "POST", *GRPC, body=message)
        return (status, headers["grpc-status"]) == (200, "5")


def resident_bytes(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[1]) * 4096


@contextlib.contextmanager
def unharmed(port: HttpPort):
    """Around an attack: memory does not grow by much, a client that was connected before is served meanwhile, and a new one afterwards."""
    with port.client() as other:
        assert port.serves(other)
        before = resident_bytes(port.process.pid)
        yield other
    with port.client() as other:
        assert port.serves(other)
        assert resident_bytes(port.process.pid) - before < MEMORY_MAX
    assert port.process.running()
