"""Certificates, and who vouches for them, are replaced fifty times under load, by renames alone or with SIGHUP: no call fails, on
connections that live on, on new ones, and between five processes that connect anew all the time."""

import os
import signal
import threading
import time

import grpc
import httpx
import pytest

from harness.collector import wait_for
from harness.metrics import Series
from harness.shop import create_user, done
from harness.system import FIVE, START_ORDER, System
from harness.tls import Certificates

pytestmark = pytest.mark.parametrize("placement, engine", [(FIVE, "sqlite")], scope="session")

ROTATIONS = 50
# Of these, so many replace the CA: each takes three steps, and every certificate.
ROLLOVERS = 2
CALLS_A_CONNECTION = 5
# Connections between the modules are made anew all the time, so that each rotation meets handshakes.
RESTLESS = {
    "TRADEWIND_RPC_CONNECTION_AGE_MS": "300",
    "LOG_LEVEL": "error,runtime=info",
}
ONCE_A_DAY = {"TRADEWIND_TLS_CHECK_MS": "86400000"}
OFTEN = {"TRADEWIND_TLS_CHECK_MS": "50"}


class Rotation:
    """Replaces files of a running system and sees that each process has noticed."""

    def __init__(self, system: System, certificates: Certificates, signalled: bool):
        self.system = system
        self.certificates = certificates
        # Goes up where clients have to read again whom to trust, and who they are.
        self.generation = 0
        # Held while files are replaced: a client that reads a new key and an old certificate has itself to blame.
        self.files = threading.Lock()
        self._signalled = signalled

    def reloads(self, module: str, file: str) -> int:
        records = self.system.process_of(module).log_records()
        return sum(one.get("event_name") == "tls.reloaded" and one["attributes"]["file.path"].endswith(file) for one in records)

    def renew(self, module: str, days: int = 30):
        before = self.reloads(module, f"{module}.crt")
        with self.files:
            self.certificates.renew(module, days)
        self._tell(module)
        # Both of its sides: what it serves with, and what it calls others with.
        wait_for(lambda: self.reloads(module, f"{module}.crt") >= before + 2)

    def roll_over(self, clients: list["Client"]):
        """The CA is replaced in the order that keeps everybody trusted: first it is trusted, then it signs, then the old one goes."""
        self._change_trust(self.certificates.add_authority)
        for module in START_ORDER:
            self.renew(module)
        self.generation += 1
        wait_for(lambda: all(client.generation == self.generation for client in clients))
        self._change_trust(self.certificates.drop_authorities)

    def _change_trust(self, change):
        before = {module: self.reloads(module, f"{module}.crt") for module in START_ORDER}
        with self.files:
            change()
        for module in START_ORDER:
            self._tell(module)
        # The edge asks nobody for a certificate, so the gateway has one side that trusts.
        wait_for(lambda: all(self.reloads(m, f"{m}.crt") > before[m] for m in START_ORDER))
        self.generation += 1

    def _tell(self, module: str):
        if self._signalled:
            os.kill(self.system.process_of(module).pid, signal.SIGHUP)


class Client(threading.Thread):
    """Calls until it is told to stop, and keeps what failed."""

    def __init__(self, rotation: Rotation, user: str, stubs):
        super().__init__()
        self.rotation, self.user, self.stubs = rotation, user, stubs
        self.generation = 0
        self.served = 0
        self.failures: list[str] = []
        self.stop = threading.Event()

    def run(self):
        while not self.stop.is_set():
            generation = self.rotation.generation
            with self.rotation.files:
                connection = self.connect()
            self.generation = generation
            with connection:
                calls = 0
                while not self.stop.is_set() and self.rotation.generation == generation and self.stays(calls):
                    try:
                        self.call(connection)
                        self.served += 1
                    except (httpx.HTTPError, grpc.RpcError, AssertionError) as failure:
                        self.failures.append(f"{type(self).__name__}: {failure!r}")
                    calls += 1

    def stays(self, calls: int) -> bool:
        return calls < CALLS_A_CONNECTION


class NewConnections(Client):
    def connect(self):
        return self.rotation.certificates.client(self.rotation.system)

    def call(self, http: httpx.Client):
        done(http.get(f"/api/users/{self.user}"))


class KeepAlive(NewConnections):
    def stays(self, _: int) -> bool:
        return True


class Grpc(Client):
    def connect(self):
        return self.rotation.certificates.channel(self.rotation.system, "user", identity="payment")

    def call(self, channel: grpc.Channel):
        self.stubs.user_grpc.UserServiceStub(channel).GetUser(self.stubs.user.GetUserRequest(id=self.user), timeout=10)


@pytest.mark.parametrize("noticed", ["looked_at", "signalled"])
def test_fifty_rotations_under_load_fail_no_call(new_system, stubs, tmp_path, noticed):
    certificates = Certificates(tmp_path / "certs")
    system = new_system(certificates.edge() | certificates.rpc() | RESTLESS | (OFTEN if noticed == "looked_at" else ONCE_A_DAY))
    with certificates.client(system) as http:
        user = create_user(http)["id"]
    rotation = Rotation(system, certificates, noticed == "signalled")
    clients = [kind(rotation, user, stubs) for kind in (NewConnections, KeepAlive, Grpc)]
    for client in clients:
        client.start()
    try:
        steps = ROLLOVERS * (len(START_ORDER) + 2)
        for turn in range(ROTATIONS - steps):
            rotation.renew(START_ORDER[turn % len(START_ORDER)])
            if (turn + 1) % ((ROTATIONS - steps) // ROLLOVERS) == 0:
                rotation.roll_over(clients)
        served = sum(client.served for client in clients)
        wait_for(lambda: sum(client.served for client in clients) > served + 10)
    finally:
        for client in clients:
            client.stop.set()
        for client in clients:
            client.join()
    assert [failure for client in clients for failure in client.failures] == []
    assert all(client.served > ROTATIONS for client in clients), [client.served for client in clients]


def test_the_metric_of_expiry_follows_the_file(new_system, tmp_path):
    certificates = Certificates(tmp_path / "certs")
    system = new_system(certificates.edge() | certificates.rpc() | OFTEN)
    rotation = Rotation(system, certificates, False)
    for days in (3, 40):
        rotation.renew("user", days)
        # httpx has the operations port in the clear; only the user's process has this file.
        left = sum(sample.value for sample in Series(system).find("tw_tls_certificate_expiry_seconds")
                   if sample.labels["file_path"].endswith("/user.crt"))  # fmt: skip
        assert (days - 1) * 86400 < left < days * 86400 + 60
