"""The tools that people point at a gRPC port, against the product: grpcurl, grpc-health-probe and ghz, in the clear and over TLS."""

import json
import subprocess
import sys

import pytest
from harness.process import ROOT
from harness.shop import new_email
from harness.system import ONE, SERVICES, System
from harness.tls import Certificates

from rig.program import folder_of

NOBODY = "018f0000-0000-7000-8000-000000000000"
SERVICE = {name: f"{name}.{name.title()}Service" for name in SERVICES}
CALLS = 500

# grpcurl exits with 64 and the status code; the probe with 3 where it was answered other than by a health.
NOT_FOUND = 64 + 5
PROBE_REFUSED = 3


class Product:
    """`tradewind up`; with `certificates`, over TLS at the edge and, both ways, on the modules' ports."""

    def __init__(self, folder, certificates: Certificates | None):
        self.certificates = certificates
        self.system = System(ONE, folder, certificates.edge() | certificates.rpc() if certificates else {})

    def file(self, name: str) -> str:
        return str(self.certificates.folder / name)

    def edge(self) -> str:
        return "{}:{}".format(*self.system.address)

    def grpcurl(self, *words: str) -> subprocess.CompletedProcess:
        trust = ["-plaintext"]
        if self.certificates:
            trust = ["-cacert", self.file("ca.crt"), "-cert", self.file("gateway.crt"), "-key", self.file("gateway.key")]
        return run(folder_of("grpcurl") / "grpcurl", *trust, *words)

    def probe(self, module: str, service: str) -> subprocess.CompletedProcess:
        return self.probe_at(self.system.grpc(module), service)

    def probe_at(self, address: str, service: str) -> subprocess.CompletedProcess:
        trust = []
        if self.certificates:
            trust = ["-tls", f"-tls-ca-cert={self.file('ca.crt')}", f"-tls-client-cert={self.file('gateway.crt')}",
                     f"-tls-client-key={self.file('gateway.key')}"]  # fmt: skip
        program = folder_of("grpc-health-probe") / "grpc-health-probe"
        return run(program, f"-addr={address}", f"-service={service}", *trust)


def run(*command) -> subprocess.CompletedProcess:
    return subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60, check=False)


def well(done: subprocess.CompletedProcess) -> str:
    assert done.returncode == 0, f"{done.args}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module", params=[False, True], ids=["clear", "tls"])
def product(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("product")
    product = Product(folder / "system", Certificates(folder / "certs") if request.param else None)
    try:
        product.system.start()
        yield product
        product.system.stop()
    finally:
        product.system.kill()


@pytest.mark.parametrize("module", SERVICES)
def test_grpcurl_reads_every_ports_contract_by_reflection(product, module):
    address = product.system.grpc(module)
    assert SERVICE[module] in well(product.grpcurl(address, "list")).split()
    methods = well(product.grpcurl(address, "list", SERVICE[module])).split()
    described = well(product.grpcurl(address, "describe", SERVICE[module]))
    assert methods
    for method in methods:
        assert f"rpc {method.rpartition('.')[2]} (" in described


def test_grpcurl_calls_by_reflection(product):
    address, email = product.system.grpc("user"), new_email()
    said = json.dumps({"email": email, "name": "Alice"})
    user = json.loads(well(product.grpcurl("-d", said, address, "user.UserService/CreateUser")))
    again = well(product.grpcurl("-d", json.dumps({"id": user["id"]}), address, "user.UserService/GetUser"))
    assert json.loads(again) == user and user["email"] == email


def test_grpcurl_shows_a_refusal_with_its_reason(product):
    refused = product.grpcurl("-d", json.dumps({"id": NOBODY}), product.system.grpc("user"), "user.UserService/GetUser")
    assert refused.returncode == NOT_FOUND
    assert "NotFound" in refused.stderr and "USER_NOT_FOUND" in refused.stderr


def test_grpcurl_reads_the_edges_contract_by_reflection_and_calls_by_it(product):
    listed = well(product.grpcurl(product.edge(), "list")).split()
    assert {*SERVICE.values(), "grpc.health.v1.Health"} <= set(listed)
    assert "rpc CreateUser (" in well(product.grpcurl(product.edge(), "describe", SERVICE["user"]))
    said = json.dumps({"email": new_email(), "name": "Alice"})
    user = json.loads(well(product.grpcurl("-d", said, product.edge(), "user.UserService/CreateUser")))
    again = well(product.grpcurl("-d", json.dumps({"id": user["id"]}), product.edge(), "user.UserService/GetUser"))
    assert json.loads(again) == user
    refused = product.grpcurl("-d", json.dumps({"id": NOBODY}), product.edge(), "user.UserService/GetUser")
    assert refused.returncode == NOT_FOUND and "USER_NOT_FOUND" in refused.stderr
    assert "SERVING" in well(product.grpcurl(product.edge(), "grpc.health.v1.Health/Check"))


def test_the_probe_finds_the_edge_healthy(product):
    done = product.probe_at(product.edge(), "")
    assert done.returncode == 0 and "SERVING" in done.stdout + done.stderr, done


def test_grpcurl_calls_through_the_edge_with_the_contracts_files(product):
    files = ["-import-path", str(ROOT / "proto"), "-proto", "user.proto"]
    said = json.dumps({"email": new_email(), "name": "Alice"})
    assert json.loads(well(product.grpcurl(*files, "-d", said, product.edge(), "user.UserService/CreateUser")))["id"]


@pytest.mark.parametrize("module", SERVICES)
def test_the_probe_finds_every_service_healthy(product, module):
    for service in ("", SERVICE[module]):
        done = product.probe(module, service)
        assert done.returncode == 0 and "SERVING" in done.stdout + done.stderr, done


def test_the_probe_is_told_of_a_service_that_is_not_there(product):
    done = product.probe("user", "order.OrderService")
    assert done.returncode == PROBE_REFUSED and "NotFound" in done.stdout + done.stderr, done


def test_ghz_finds_every_call_answered(product, tmp_path):
    """From a compiled contract: its own compiler is older than optional fields."""
    address = product.system.grpc("user")
    contract = tmp_path / "user.protoset"
    compiler = (sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT}/proto")
    well(run(*compiler, "--include_imports", f"--descriptor_set_out={contract}", "user.proto"))
    user = well(product.grpcurl("-d", json.dumps({"email": new_email(), "name": "A"}), address, "user.UserService/CreateUser"))
    trust = ["--insecure"]
    if product.certificates:
        trust = ["--cacert", product.file("ca.crt"), "--cert", product.file("gateway.crt"), "--key", product.file("gateway.key")]
    command = [folder_of("ghz") / "ghz", *trust, "--protoset", contract, "--call", "user.UserService.GetUser",
               "--data", json.dumps({"id": json.loads(user)["id"]}), "--total", CALLS, "--format", "json", address]  # fmt: skip
    assert json.loads(well(run(*command)))["statusCodeDistribution"] == {"OK": CALLS}
