"""gRPC's interoperability suite: each ✓ of docs/reference/interop.md is a case here, in the clear and over TLS."""

import collections
import pathlib
import re

import pytest
from harness.ports import free_ports
from harness.process import ROOT

from rig.interop import HERE, PAGE, PEERS, Identity, cases_of, claims, content, ours, remarks
from rig.program import Program, listens, until
from rig.tap import Tap

CLAIMS = claims()
HELD = [claim for claim in CLAIMS if claim.holds]
CLIENTS_ONLY = {"OkHttp"}
LARGE_REQUEST, LARGE_RESPONSE = 271_828, 314_159


@pytest.mark.parametrize("secure", [False, True], ids=["clear", "tls"])
@pytest.mark.parametrize("claim", HELD, ids=lambda claim: f"{claim.client}-{claim.server}-{claim.case}")
def test_what_the_page_says_of(interop_server, claim, secure):
    server = interop_server(claim.server, claim.client, secure)
    server.asked_by(PEERS[claim.client], claim.case)


def test_the_page_leaves_nothing_out():
    cases = collections.Counter((claim.client, claim.server) for claim in CLAIMS)
    assert len(set(cases.values())) == 1
    others = PEERS.keys() - {"Tradewind"}
    assert cases.keys() == {(peer, "Tradewind") for peer in PEERS} | {("Tradewind", peer) for peer in others - CLIENTS_ONLY}
    assert {claim.said for claim in CLAIMS if not claim.holds} == remarks()


@pytest.mark.parametrize("peer", ["Go", "Java"])
def test_the_page_has_every_case_of_the_client_in(peer):
    known = cases_of(PEERS[peer])
    assert "large_unary" in known
    assert known <= {claim.case.split()[0] for claim in CLAIMS}


def test_the_page_has_the_versions_that_are_run():
    said = dict(re.findall(r"^\| [^|]+ \| `([\w-]+)` \| ([\d.]+) \|", PAGE.read_text(), re.M))
    pinned = dict(re.findall(r"^([\w-]+)(?: |==)([\d.]+)", "\n".join(
        (ROOT / file).read_text() for file in ("tests/peers/parts/versions.txt", "tests/e2e/requirements.txt")), re.M))  # fmt: skip
    assert said and said == {name: pinned[name] for name in said}


def test_what_python_asks_to_have_packed_is_packed(interop_server):
    """grpcio does not say whether a message came packed, so that the wire must: of two answers one is."""
    server = interop_server("Tradewind")
    with Tap(server.port) as tap:
        server.asked_by(PEERS["Python"], "server_compressed_unary", tap.port)
    assert LARGE_RESPONSE < len(tap.answered) < 2 * LARGE_RESPONSE


def test_what_we_pack_for_python_is_packed(interop_server):
    server = interop_server("Python")
    with Tap(server.port) as tap:
        server.asked_by(PEERS["Tradewind"], "client_compressed_unary_noprobe", tap.port)
    assert LARGE_REQUEST < len(tap.heard) < 2 * LARGE_REQUEST


@pytest.mark.parametrize("client", ["Tradewind", "Python", "C++"])
def test_of_two_servers_one_gets_all_calls_of(interop_server, client):
    """The point of the case, which is asked of one server else. Go's and Java's clients take no target of several addresses."""
    servers = [interop_server(server) for server in ("Tradewind", "Python")]
    both = "ipv4:" + ",".join(f"{HERE}:{server.port}" for server in servers)
    content(PEERS[client].client(0, "pick_first_unary", None, both), servers[0].program.environment)


class SelfCertified:
    """Our server, with a certificate of its own making."""

    def __init__(self, folder: pathlib.Path):
        folder.mkdir()
        (self.port,) = free_ports(1)
        command = [*ours("tw-interop-server"), f"--port={self.port}", "--use_tls"]
        self.program = Program("server", command, folder, lambda: listens(self.port))
        self.program.start()

    @property
    def ca(self) -> pathlib.Path:
        return pathlib.Path(until("it says where its CA is", lambda: self.program.said.read_text().partition("CA: ")[2].strip()))


def test_our_server_makes_itself_a_certificate_where_it_has_none(start):
    server = start(SelfCertified)
    identity = Identity(server.ca, server.ca, server.ca, "localhost")
    content(PEERS["Tradewind"].client(server.port, "large_unary", identity))
