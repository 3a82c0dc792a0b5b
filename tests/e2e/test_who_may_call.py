"""Who may call: every method of the contract, by every kind of caller, at every door. docs/guide/who-may-call.md says what holds."""

import struct
import sys

import grpc
import httpx
import pytest

from harness.methods import NOBODY, Method, call, of_status
from harness.process import ROOT
from harness.system import FIVE, ONE, SERVICES, System
from harness.tls import Certificates
from harness.tokens import Issuer, bearer, hostile_tokens

sys.path.insert(0, str(ROOT / "tools/dev"))
import authorization_page  # noqa: E402

one_process = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
five_processes = pytest.mark.parametrize("placement, engine", [(FIVE, "sqlite")], scope="session")

ROLES = ("customer", "support", "merchant", "operator")


def test_the_page_is_the_contract(methods, restricted_fields):
    rows = []
    for method in methods:
        service, name = method.path.strip("/").split("/")
        route = f"{method.verb} {method.route}".replace(NOBODY, "{id}").strip()
        rows.append((service, name, route, set(method.allow)))
    assert authorization_page.PAGE.read_text() == authorization_page.render(rows, restricted_fields), "python3 tools/dev/authorization_page.py"


class Doors:
    """Every way to a method. Each is a function that makes a call without a message and says what became of it."""

    def __init__(self, system: System, open_channel):
        host, port = system.address
        self.http = system.client()
        self.edge = grpc.insecure_channel(f"{host}:{port}")
        self.own = {module: open_channel(module) for module in SERVICES}

    def json(self, method: Method, token: str | None) -> str:
        answer = self.http.request(method.verb, method.route, headers=bearer(token) if token else {})
        if answer.status_code == 401:
            assert answer.headers["www-authenticate"] == ('Bearer error="invalid_token"' if token else "Bearer")
        if answer.status_code == 403:
            assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'
        assert answer.status_code < 500, answer.text
        return {401: "unauthenticated", 403: "denied"}.get(answer.status_code, "passed")

    def grpc(self, method: Method, token: str | None) -> str:
        return call(self.edge, method, token)

    def web(self, method: Method, token: str | None) -> str:
        headers = {"content-type": "application/grpc-web+proto"} | (bearer(token) if token else {})
        answer = self.http.post(method.path, content=b"\0\0\0\0\0", headers=headers)
        return of_status(web_status(answer))

    def own_port(self, method: Method, token: str | None) -> str:
        return call(self.own[method.module], method, token)

    def ways(self, method: Method):
        if method.verb:
            yield "json", self.json, True
        reached = bool(method.verb) and not method.streams
        yield "edge gRPC", self.grpc, reached
        yield "gRPC-Web", self.web, reached
        yield "own port", self.own_port, True

    def close(self):
        self.http.close()
        for channel in (self.edge, *self.own.values()):
            channel.close()


def web_status(answer: httpx.Response) -> grpc.StatusCode:
    """The status in the last frame of a gRPC-Web answer, or in its header."""
    number = answer.headers.get("grpc-status")
    body = answer.content
    while body:
        flag, size = struct.unpack(">BI", body[:5])
        if flag & 0x80:
            number = dict(line.split(":", 1) for line in body[5 : 5 + size].decode().splitlines())["grpc-status"]
        body = body[5 + size :]
    return next(code for code in grpc.StatusCode if code.value[0] == int(number))


def expected(method: Method, callers: set[str], known: bool) -> str:
    if method.allow & callers:
        return "passed"
    return "denied" if known else "unauthenticated"


def check_all(methods: list[Method], doors: Doors, issuer: Issuer) -> int:
    """Makes every call, and returns how many there were. What does not come out as the contract says is in the failure."""
    tokens = {role: issuer.token(NOBODY, *([role] if role != "customer" else [])) for role in ROLES}
    hostile = hostile_tokens(issuer, NOBODY)
    faults, calls = [], 0
    for method in methods:
        for door, ask, reached in doors.ways(method):
            wanted = {"nobody": (None, expected(method, {"PUBLIC"}, False))}
            for role, token in tokens.items():
                callers = {"PUBLIC", "OWNER"} | ({role.upper()} if role != "customer" else set())
                wanted[role] = (token, expected(method, callers, True))
            wanted |= {name: (token, "unauthenticated") for name, token in hostile.items()}
            for name, (token, outcome) in wanted.items():
                calls += 1
                found = ask(method, token)
                if name == "oversized" and found == "too large":
                    continue
                if found != (outcome if reached else "unreachable"):
                    faults.append(f"{method.path} by {name} at {door}: {found}, not {outcome if reached else 'unreachable'}")
    assert not faults, "\n".join(faults)
    return calls


@one_process
def test_every_method_by_every_caller_at_every_door(new_system, methods, issuer):
    shop = new_system(issuer.settings())
    doors = Doors(shop, lambda module: grpc.insecure_channel(shop.grpc(module)))
    try:
        assert check_all(methods, doors, issuer) > 2000
    finally:
        doors.close()


@five_processes
def test_going_around_the_gateway_does_not_help(new_system, methods, issuer, tmp_path):
    certificates = Certificates(tmp_path / "certs")
    shop = new_system(certificates.rpc() | issuer.settings())
    # Whoever has the certificate of the gateway is no service.
    doors = Doors(shop, lambda module: certificates.channel(shop, module, "gateway"))
    try:
        assert check_without_certificate(methods, doors, issuer) > 2000
        for method in methods:
            with certificates.channel(shop, method.module, "order") as channel:
                outcome = call(channel, method, None)
            assert outcome == ("passed" if method.allow & {"SERVICE", "PUBLIC"} else "denied"), method
    finally:
        doors.close()


def check_without_certificate(methods: list[Method], doors: Doors, issuer: Issuer) -> int:
    """At a service's own port a caller without a token is known by its certificate, so it is denied what it may not call."""

    def own_port(method: Method, token: str | None) -> str:
        found = call(doors.own[method.module], method, token)
        return "unauthenticated" if token is None and found == "denied" else found

    doors.own_port = own_port
    return check_all(methods, doors, issuer)
