"""The interoperability suite's servers and clients: ours and those of others; and what docs/reference/interop.md says of them."""

import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys
import typing
import zipfile

import pytest
from harness import stubs
from harness.ports import free_ports
from harness.process import ROOT, binary
from harness.tls import Certificates

from rig.program import Program, folder_of, listens

CASE_SECONDS_MAX = 60
# Not by name: Go's client asks the network's name servers about every name for each channel.
HERE = "127.0.0.1"
PAGE = ROOT / "docs/reference/interop.md"
CONTRACTS = ROOT / "apps/interop/proto"

# How many calls a soak makes. None may fail, and none fails by the time it took: machines are shared.
SOAK = ("iterations=50", "per_iteration_max_acceptable_latency_ms=30000", "overall_timeout_seconds=50")


@dataclasses.dataclass(frozen=True)
class Identity:
    """PEM files of a server, whom its clients are to trust, and the name that they are to expect."""

    ca: pathlib.Path
    certificate: pathlib.Path
    key: pathlib.Path
    name: str


class Peer(typing.Protocol):
    def make_identity(self, folder: pathlib.Path) -> Identity: ...
    def server(self, port: int, identity: Identity | None) -> list[str]: ...
    def client(self, port: int, case: str, identity: Identity | None, host: str = HERE) -> list[str]:
        """`case` with the flags of its own that it may have behind it; a `port` of 0 says that the host is a gRPC target."""
        ...


# The clients of Go and Java read load reports (ORCA) by way of a balancer of their own, which has to be chosen.
BALANCER = '--service_config_json={"loadBalancingConfig":[{"test_backend_metrics_load_balancer":{}}]}'


def soak(case: str) -> list[str]:
    return [f"--soak_{flag}" for flag in SOAK] if case.endswith("_soak") else []


def run_of(port: int, case: str, host: str) -> list[str]:
    name, *flags = case.split()
    return [f"--server_host={host}", f"--server_port={port}", f"--test_case={name}", *flags, *soak(name)]


def balancer(case: str) -> list[str]:
    return [BALANCER] if case.startswith("orca_") else []


class Programs:
    """A pair of programs with the suite's usual flags."""

    def __init__(self, server: typing.Callable[[], list[str]], client: typing.Callable[[], list[str]]):
        self._server, self._client = server, client

    def make_identity(self, folder: pathlib.Path) -> Identity:
        made = Certificates(folder)
        return Identity(made.ca, folder / "gateway.crt", folder / "gateway.key", "localhost")

    def server(self, port: int, identity: Identity | None) -> list[str]:
        files = ["--use_tls", f"--tls_cert_file={identity.certificate}", f"--tls_key_file={identity.key}"] if identity else []
        return [*self._server(), f"--port={port}", *files]

    def client(self, port: int, case: str, identity: Identity | None, host: str = HERE) -> list[str]:
        tls = ["--use_tls", f"--ca_file={identity.ca}", f"--server_host_override={identity.name}"] if identity else []
        return [*self._client(), *run_of(port, case, host), *tls]


class Go(Programs):
    def __init__(self):
        super().__init__(lambda: go("interop-server"), lambda: go("interop-client"))

    def client(self, port: int, case: str, identity: Identity | None, host: str = HERE) -> list[str]:
        trust = ["--use_test_ca"] if identity else []
        return [*super().client(port, case, identity, host), *trust, *balancer(case)]

    def usage(self) -> list[str]:
        return [*go("interop-client"), "--help"]


class Java:
    def __init__(self, *transport: str):
        self._transport = transport

    def make_identity(self, folder: pathlib.Path) -> Identity:
        """Its programs know the one that they bring, and no other."""
        (jar,) = folder_of("grpc-java-interop").glob("grpc-testing-1*.jar")
        ca, certificate, key = names = ["certs/ca.pem", "certs/server1.pem", "certs/server1.key"]
        zipfile.ZipFile(jar).extractall(folder, names)
        return Identity(folder / ca, folder / certificate, folder / key, "foo.test.google.fr")

    def _run(self, name: str, identity: Identity | None) -> list[str]:
        jars = folder_of("grpc-java-interop")
        if shutil.which("java") is None:
            pytest.skip("java is not installed")
        # Most of a case's time is the start of the virtual machine.
        quick = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx512m"]
        main = f"io.grpc.testing.integration.{name}"
        return ["java", *quick, "-cp", f"{jars}/*", main, f"--use_tls={'true' if identity else 'false'}"]

    def server(self, port: int, identity: Identity | None) -> list[str]:
        return [*self._run("TestServiceServer", identity), f"--port={port}"]

    def client(self, port: int, case: str, identity: Identity | None, host: str = HERE) -> list[str]:
        tls = ["--use_test_ca=true", f"--server_host_override={identity.name}"] if identity else []
        run = run_of(port, case, host)
        return [*self._run("TestServiceClient", identity), *self._transport, *run, *balancer(case), *tls]

    def usage(self) -> list[str]:
        return [*self._run("TestServiceClient", None), "--help"]


def ours(name: str) -> list[str]:
    return [str(binary().parent / name)]


def built(name: str) -> list[str]:
    program = binary().parent / name
    if not program.is_file():
        pytest.skip(f"{name} is not built: ./dev test peers builds it")
    return [str(program)]


def go(name: str) -> list[str]:
    return [str(folder_of("grpc-go-interop") / name)]


def python(name: str) -> list[str]:
    return [sys.executable, str(ROOT / "tests/peers/grpc_python" / name)]


PEERS: dict[str, Peer] = {
    "Tradewind": Programs(lambda: ours("tw-interop-server"), lambda: ours("tw-interop-client")),
    "Go": Go(),
    "Java": Java(),
    "OkHttp": Java("--use_okhttp=true"),
    "Python": Programs(lambda: python("server.py"), lambda: python("client.py")),
    "C++": Programs(lambda: built("grpc-cpp-interop-server"), lambda: built("grpc-cpp-interop-client")),
}


def python_stubs(folder: pathlib.Path) -> pathlib.Path:
    """The suite's stubs as Python's package `interop`: one of the contract's own name, grpc, would hide grpcio."""
    source = folder / "contracts"
    shutil.copytree(CONTRACTS / "xds", source / "xds")
    (source / "interop").mkdir()
    for contract in (CONTRACTS / "grpc/testing").glob("*.proto"):
        (source / "interop" / contract.name).write_text(contract.read_text().replace('import "grpc/testing/', 'import "interop/'))
    return stubs.generate(source, folder / "stubs")


class Server:
    """A server of the suite at `port`, in the clear or with `identity`."""

    def __init__(self, folder: pathlib.Path, peer: Peer, identity: Identity | None, env: dict[str, str]):
        folder.mkdir(parents=True, exist_ok=True)
        (self.port,) = free_ports(1)
        self.identity = identity
        self.program = Program("server", peer.server(self.port, identity), folder, lambda: listens(self.port), env)
        self.program.start()

    def asked_by(self, peer: Peer, case: str, port: int | None = None) -> None:
        """Runs `case` of the peer's client, which must be content; by way of another `port` where one is given."""
        content(peer.client(port or self.port, case, self.identity), self.program.environment)


def content(command: list[str], env: dict[str, str] | None = None) -> str:
    """Runs a program that ends by itself, and well; what it said."""
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=CASE_SECONDS_MAX, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def cases_of(peer: Go | Java) -> set[str]:
    """The names that the peer's client says it knows. (Neither of the two ends well when it is asked.)"""
    said = subprocess.run(peer.usage(), capture_output=True, text=True, timeout=CASE_SECONDS_MAX, check=False)
    return set(re.findall(r"^(?: {4}\t {8}| {6})(\w+) ?: ", said.stdout + said.stderr, re.M))


@dataclasses.dataclass(frozen=True)
class Claim:
    """A cell of the page's tables: `said` is ✓, or the letter of the remark that says why not."""

    client: str
    server: str
    case: str
    said: str

    @property
    def holds(self) -> bool:
        return self.said == "✓"


def claims() -> list[Claim]:
    found = []
    for head, body in re.findall(r"^\| (case, .*?) \|\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE.read_text(), re.M):
        title, *peers = head.split(" | ")
        for row in body.splitlines():
            case, *cells = (cell.strip() for cell in row.strip("|").split("|"))
            for peer, said in zip(peers, cells, strict=True):
                client, server = ("Tradewind", peer) if title == "case, our client and" else (peer, "Tradewind")
                found.append(Claim(client, server, case.strip("`"), said))
    return found


def remarks() -> set[str]:
    """The letters that the page explains."""
    return set(re.findall(r"^- ([a-z]): ", PAGE.read_text(), re.M))
