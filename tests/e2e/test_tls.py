"""TLS at the edge and between the modules, as clients see it that nobody here wrote."""

import os
import signal
import stat
import time

import grpc
import pytest

from harness.process import run
from harness.shop import create_order, create_product, create_user, done
from harness.system import FIVE, ONE, System
from harness.tls import Certificates, curl, s_client

one_process = pytest.mark.parametrize("placement", [ONE], scope="session")
five_processes = pytest.mark.parametrize("placement", [FIVE], scope="session")

# Looks often, so that nobody waits long.
WATCHFUL = {"TRADEWIND_TLS_CHECK_MS": "50"}


@pytest.fixture
def certificates(tmp_path) -> Certificates:
    return Certificates(tmp_path / "certs")


def logged(system: System, module: str, event: str) -> list[dict]:
    return [record for record in system.process_of(module).log_records() if record.get("event_name") == event]


def wait_logged(system: System, module: str, event: str, count: int = 1) -> list[dict]:
    until = time.monotonic() + 20
    while len(found := logged(system, module, event)) < count:
        assert time.monotonic() < until, system.tail()
        time.sleep(0.02)
    return found


def wait_refused(system: System, module: str, why: str):
    until = time.monotonic() + 20
    while not any(why in str(record) for record in logged(system, module, "tls.refused")):
        assert time.monotonic() < until, system.tail()
        time.sleep(0.02)


@one_process
def test_certs_dev_keeps_keys_to_their_owner_and_overwrites_nothing(placement, tmp_path):
    folder = tmp_path / "made"
    assert run("certs", "dev", "--folder", folder, folder=tmp_path).returncode == 0
    names = {path.name for path in folder.iterdir()}
    assert {"ca.crt", "ca.key", "gateway.crt", "gateway.key", "order.crt", "order.key"} <= names
    for key in folder.glob("*.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600, key
    before = (folder / "ca.crt").read_bytes()
    again = run("certs", "dev", "--folder", folder, folder=tmp_path)
    assert again.returncode == 69 and "--force" in again.stderr, again
    assert (folder / "ca.crt").read_bytes() == before
    assert run("certs", "dev", "--folder", folder, "--force", folder=tmp_path).returncode == 0
    assert (folder / "ca.crt").read_bytes() != before


@one_process
def test_curl_speaks_tls_to_the_edge(new_system, certificates):
    shop = new_system(certificates.edge())
    url = "https://" + shop.process_of("gateway").ready["http"] + "/health"
    for version, flags in (("1.1", ["--http1.1"]), ("2", ["--http2"]), ("1.1", ["--http1.1", "--tls-max", "1.2"])):
        answer = curl("--cacert", certificates.ca, "--write-out", "%{http_version} %{response_code}", "--output", "/dev/null", *flags, url)
        assert answer.stdout == f"{version} 200", answer
    assert curl("--cacert", certificates.ca, "--tls-max", "1.1", url).returncode != 0
    # Who does not know the CA, and who speaks in the clear.
    assert curl(url).returncode == 60
    refused = curl("--write-out", "%{response_code}", url.replace("https", "http"))
    assert refused.stdout.endswith("400") and "HTTPS" in refused.stdout, refused
    with certificates.client(shop) as http:
        create_user(http)


@one_process
def test_a_session_is_resumed(new_system, certificates, tmp_path):
    shop = new_system(certificates.edge())
    address = shop.process_of("gateway").ready["http"]
    session = tmp_path / "session"
    first = s_client(address, "-tls1_2", "-sess_out", session, ca=certificates.ca)
    assert "Verify return code: 0" in first.stdout
    assert "\nReused, TLSv1.2" in s_client(address, "-tls1_2", "-sess_in", session, ca=certificates.ca).stdout


@one_process
def test_the_certificate_follows_the_name(new_system, certificates):
    edge = {
        "TRADEWIND_HTTP_CERTIFICATE": f"{certificates.folder}/gateway.crt,{certificates.folder}/order.crt",
        "TRADEWIND_HTTP_KEY": f"{certificates.folder}/gateway.key,{certificates.folder}/order.key",
    }
    address = new_system(edge).process_of("gateway").ready["http"]
    for name in ("gateway", "order"):
        assert f"CN = {name}" in s_client(address, "-servername", name, ca=certificates.ca).stdout


@five_processes
def test_five_processes_trust_each_other_alone(new_system, certificates, stubs):
    shop = new_system(certificates.edge() | certificates.rpc())
    with certificates.client(shop) as http:
        user, bought = create_user(http), create_product(http, stock=3)
        create_order(http, user["id"], bought["id"], 1)
        assert done(http.get(f"/api/users/{user['id']}"))["id"] == user["id"]

    def get(module_channel: grpc.Channel) -> grpc.StatusCode:
        with module_channel:
            try:
                request = stubs.user.GetUserRequest(id=user["id"])
                stubs.user_grpc.UserServiceStub(module_channel).GetUser(request, timeout=5)
            except grpc.RpcError as error:
                return error.code()
        return grpc.StatusCode.OK

    assert get(certificates.channel(shop, "user")) == grpc.StatusCode.OK
    assert get(certificates.channel(shop, "user", identity=None)) == grpc.StatusCode.UNAVAILABLE
    wait_logged(shop, "user", "tls.refused")
    assert get(grpc.insecure_channel(shop.grpc("user"))) == grpc.StatusCode.UNAVAILABLE

    refused = s_client(shop.grpc("user"), "-tls1_2", "-cert", certificates.folder / "gateway.crt", "-key",
                       certificates.folder / "gateway.key", ca=certificates.ca)  # fmt: skip
    assert "alert protocol version" in refused.stderr + refused.stdout

    certificates.renew("payment", days=-1)
    assert get(certificates.channel(shop, "user", identity="payment")) == grpc.StatusCode.UNAVAILABLE
    certificates.renew("payment", uri="spiffe://elsewhere/payment")
    assert get(certificates.channel(shop, "user", identity="payment")) == grpc.StatusCode.UNAVAILABLE
    others = Certificates(certificates.folder.parent / "others")
    stranger = grpc.ssl_channel_credentials(certificates.read("ca.crt"), others.read("order.key"), others.read("order.crt"))
    assert get(grpc.secure_channel(shop.grpc("user"), stranger)) == grpc.StatusCode.UNAVAILABLE
    for why in ("expired", "no URI name spiffe://tradewind/", "CN=order spiffe://tradewind/order"):
        wait_refused(shop, "user", why)
    assert get(certificates.channel(shop, "user")) == grpc.StatusCode.OK


@one_process
def test_a_bad_file_leaves_the_former_in_use_until_sighup_finds_a_good_one(new_system, certificates):
    shop = new_system(certificates.edge() | WATCHFUL)
    good = certificates.read("gateway.crt")
    (certificates.folder / "gateway.crt").write_text("no certificate")
    failed = wait_logged(shop, "gateway", "tls.reload_failed")
    assert "gateway.crt" in str(failed[0])
    with certificates.client(shop) as http:
        assert http.get("/health").status_code == 200
    (certificates.folder / "gateway.crt").write_bytes(good)
    wait_logged(shop, "gateway", "tls.reloaded")
    process = shop.process_of("gateway")
    signal_at = len(logged(shop, "gateway", "tls.reloaded"))
    os.kill(process.pid, signal.SIGHUP)
    wait_logged(shop, "gateway", "tls.reloaded", signal_at + 1)


@one_process
def test_the_end_of_a_certificate_is_seen_beforehand(new_system, certificates, tmp_path):
    certificates.renew("gateway", days=3)
    shop = new_system(certificates.edge())
    with shop.client() as http:
        page = http.get(shop.ops_url() + "/metrics").text
    line = next(line for line in page.splitlines() if line.startswith("tw_tls_certificate_expiry_seconds{"))
    assert 2 * 86400 < float(line.rsplit(" ", 1)[1]) < 3 * 86400 + 60, line

    def doctor() -> str:
        return run("doctor", "--ports", "auto", "--data", tmp_path / "data", folder=tmp_path, env=certificates.edge()).stdout

    assert "expires in 2 day(s)" in doctor()
    certificates.renew("gateway", days=-1)
    assert "expired at" in doctor()


@pytest.mark.parametrize(
    "env, code, words",
    [
        ({"TRADEWIND_HTTP_CERTIFICATE": "/nowhere.crt", "TRADEWIND_HTTP_KEY": "/nowhere.key"}, 78, "http.certificate"),
        ({"TRADEWIND_HTTP_CERTIFICATE": "/nowhere.crt"}, 78, "each certificate needs its key"),
        ({"TRADEWIND_RPC_CERTIFICATE": "/nowhere.crt"}, 78, "rpc.ca"),
        ({"TRADEWIND_PROFILE": "production", "TRADEWIND_HTTP_ADDRESS": "0.0.0.0:0"}, 78, "terminated-upstream"),
        (
            {"TRADEWIND_PROFILE": "production", "TRADEWIND_ORDER_ADDRESS": "0.0.0.0:0"},
            78,
            "rpc.certificate",
        ),
    ],
    ids=["no file", "no key", "half", "edge in the clear", "rpc in the clear"],
)
@one_process
def test_what_cannot_be_secured_is_refused_at_start(placement, env, code, words, tmp_path):
    refused = run("up", "--ports", "auto", "--data", tmp_path / "data", folder=tmp_path, env=env)
    assert refused.returncode == code, refused
    assert words in refused.stderr
