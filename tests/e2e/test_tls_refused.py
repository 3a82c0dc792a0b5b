"""Who is refused at the ports that speak TLS, and whom the product refuses to call: each with its reason in the log, and nobody else is
affected."""

import contextlib
import shutil
import socket
import ssl

import pytest

from harness.collector import wait_for
from harness.h2_wire import PREFACE, SETTINGS, frame
from harness.metrics import Series
from harness.shop import create_product, create_user, done, problem
from harness.system import FIVE, SERVICES, System
from harness.tls import Certificates

five_processes = pytest.mark.parametrize("placement, engine", [(FIVE, "sqlite")], scope="session")

# Python would rather not speak the old versions either.
pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")

ANSWER_SECONDS_MAX = 10
OPENING = PREFACE + frame(SETTINGS, 0, 0)
HOW_MANY = 3


class Intruder:
    """What a client may show that is not what the modules' ports ask for."""

    def __init__(self, certificates: Certificates, others: Certificates):
        self._own, self._others = certificates, others
        # A name of its own for each, so that no module's certificate is touched.
        certificates.renew("expired", days=-1, uri="spiffe://tradewind/payment")
        certificates.renew("elsewhere", uri="spiffe://elsewhere/payment")
        certificates.renew("nearly", uri="spiffe://tradewind.example/payment")

    def context(self, identity: str | None, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self._own.ca))
        # OpenSSL forbids the old versions by default; here it is the product that is asked.
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        context.minimum_version = min(newest, ssl.TLSVersion.TLSv1_2)
        context.maximum_version = newest
        if identity:
            folder = (self._others if identity == "order" else self._own).folder
            context.load_cert_chain(folder / f"{identity}.crt", folder / f"{identity}.key")
        return context


# What the client shows, and what the log says of it.
CASES = {
    "no certificate": (lambda intruder: intruder.context(None), "peer did not return a certificate"),
    "expired": (lambda intruder: intruder.context("expired"), "certificate has expired"),
    "another CA": (lambda intruder: intruder.context("order"), "CN=order spiffe://tradewind/order"),
    "another URI": (lambda intruder: intruder.context("elsewhere"), "no URI name spiffe://tradewind/"),
    "nearly the URI": (lambda intruder: intruder.context("nearly"), "no URI name spiffe://tradewind/"),
    "TLS 1.2": (lambda intruder: intruder.context("payment", ssl.TLSVersion.TLSv1_2), "protocol"),
    "TLS 1.1": (lambda intruder: intruder.context("payment", ssl.TLSVersion.TLSv1_1), "protocol"),
    "in the clear": (lambda intruder: None, "wrong version number"),
}


def answer(address: tuple[str, int], context: ssl.SSLContext | None) -> bytes:
    """What a client of HTTP/2 gets to read there; nothing, where it is refused."""
    received = b""
    with contextlib.suppress(ConnectionResetError, ssl.SSLError), contextlib.ExitStack() as stack:
        wire = stack.enter_context(socket.create_connection(address, ANSWER_SECONDS_MAX))
        if context:
            wire = stack.enter_context(context.wrap_socket(wire, server_hostname="localhost"))
        wire.sendall(OPENING)
        while part := wire.recv(65536):
            received += part
    return received


def address_of(system: System, module: str) -> tuple[str, int]:
    where = system.process_of("gateway").ready["http"] if module == "gateway" else system.grpc(module)
    host, port = where.rsplit(":", 1)
    return host, int(port)


def refusals(system: System, module: str, why: str) -> int:
    records = system.process_of(module).log_records()
    refused = [one["attributes"] for one in records if one.get("event_name") == "tls.refused"]
    port = "http" if module == "gateway" else module
    return sum(one["tw.tls.port"] == port and why in one["error.message"] for one in refused)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory, placement):
    """A system with all its ports secured, and its certificates."""
    certificates = Certificates(tmp_path_factory.mktemp("certs") / "own")
    system = System(placement, tmp_path_factory.mktemp("guarded"), certificates.edge() | certificates.rpc())
    try:
        yield system.start(), certificates
        system.stop()
    finally:
        system.kill()


@pytest.fixture(scope="module")
def intruder(guarded, tmp_path_factory):
    return Intruder(guarded[1], Certificates(tmp_path_factory.mktemp("others") / "certs"))


@pytest.mark.parametrize("module", SERVICES)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("placement", [FIVE], scope="module")
def test_who_is_not_a_module_gets_nothing_at_a_modules_port(guarded, intruder, case, module):
    system, certificates = guarded
    show, why = CASES[case]
    before = refusals(system, module, why)
    for _ in range(HOW_MANY):
        assert answer(address_of(system, module), show(intruder)) == b""
    wait_for(lambda: refusals(system, module, why) >= before + HOW_MANY)
    assert Series(system).value("tw_tls_server_handshakes_total", tw_tls_port=module, tw_tls_outcome="refused") >= HOW_MANY
    with certificates.client(system) as http:
        assert done(http.get(f"/api/users/{create_user(http)['id']}"))
        assert create_product(http, stock=1)


@pytest.mark.parametrize("module", SERVICES)
@pytest.mark.parametrize("placement", [FIVE], scope="module")
def test_who_is_a_module_is_let_in(guarded, intruder, module):
    with socket.create_connection(address_of(guarded[0], module), ANSWER_SECONDS_MAX) as plain:
        wire = intruder.context("payment").wrap_socket(plain, server_hostname="localhost")
        wire.sendall(OPENING)
        assert wire.recv(9)[3:4] == bytes([SETTINGS])


OLD = {"TLS 1.1": (ssl.TLSVersion.TLSv1_1, "protocol"), "in the clear": (None, "does not speak TLS (http request)")}


@pytest.mark.parametrize("case", OLD)
@pytest.mark.parametrize("placement", [FIVE], scope="module")
def test_the_edge_refuses_what_is_old_or_in_the_clear(guarded, intruder, case):
    system, certificates = guarded
    newest, why = OLD[case]
    before = refusals(system, "gateway", why)
    with socket.create_connection(address_of(system, "gateway"), ANSWER_SECONDS_MAX) as wire:
        if newest:
            with pytest.raises(ssl.SSLError):
                intruder.context(None, newest).wrap_socket(wire, server_hostname="localhost")
        else:
            wire.sendall(b"PATCH /health HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000)
            told = b"".join(iter(lambda: wire.recv(65536), b""))
            assert told.startswith(b"HTTP/1.1 400 ") and b"This port uses HTTPS" in told
    wait_for(lambda: refusals(system, "gateway", why) > before)
    with certificates.client(system) as http:
        assert http.get("/health").status_code == 200


@pytest.mark.parametrize("placement", [FIVE], scope="module")
def test_a_client_that_offers_http_1_0_alone_is_served(guarded):
    system, certificates = guarded
    context = ssl.create_default_context(cafile=str(certificates.ca))
    context.set_alpn_protocols(["http/1.0"])
    with socket.create_connection(address_of(system, "gateway"), ANSWER_SECONDS_MAX) as plain:
        wire = context.wrap_socket(plain, server_hostname="localhost")
        assert wire.selected_alpn_protocol() == "http/1.0"
        wire.sendall(b"GET /health HTTP/1.0\r\n\r\n")
        assert wire.recv(65536).startswith(b"HTTP/1.1 200 ")


def give_to_user(certificates: Certificates, case: str, folder):
    """Has the user service show something else than what it is."""
    if case == "another CA":
        others = Certificates(folder / "others")
        for kind in ("crt", "key"):
            shutil.copy(others.folder / f"user.{kind}", certificates.folder / f"user.{kind}")
    else:
        expired = case == "expired"
        certificates.renew("user", days=-1 if expired else 30, uri="spiffe://tradewind/" + ("user" if expired else "order"))


# What the caller's log says of it, and what the module's own log says at its start.
WHY = {"another CA": "certificate is not accepted", "expired": "certificate has expired", "another module": "no URI name"}
UNFIT = {"another CA": "not signed by a CA of the CA file", "expired": "expired at"}


@pytest.mark.parametrize("case", WHY)
@five_processes
def test_a_module_that_is_not_who_it_should_be_is_not_called(new_system, tmp_path, case):
    certificates = Certificates(tmp_path / "certs")
    give_to_user(certificates, case, tmp_path)
    system = new_system(certificates.edge() | certificates.rpc())
    with certificates.client(system) as http:
        refused = http.post("/api/users", json={"email": "a@example.com", "name": "Alice"})
        problem(refused, 503, "UNAVAILABLE")
        assert int(refused.headers["retry-after"]) >= 1
        assert create_product(http, stock=1), "who is who he should be is called"
    failed = [one for one in system.process_of("gateway").log_records() if one.get("event_name") == "tls.failed"]
    assert any(WHY[case] in one["attributes"]["error.message"] for one in failed), "the caller says what is wrong"
    unfit = [one["attributes"]["cause"] for one in system.process_of("user").log_records() if one.get("event_name") == "tls.certificate_unfit"]
    assert any(UNFIT[case] in cause for cause in unfit) if case in UNFIT else not unfit, "who shows it is told at start"
