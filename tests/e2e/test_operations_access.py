"""Who may use the operations port, and that no secret leaves the process."""

import httpx
import pytest

from harness.process import run
from harness.production import production
from harness.system import ONE
from harness.tls import Certificates, curl

SMALL = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")

TOKEN = "canary-0123456789abcdef"
OTHER = "another-0123456789abcdef"
OPEN = {"TRADEWIND_PROFILE": "production", "TRADEWIND_OPS_ADDRESS": "0.0.0.0:0"}


@pytest.fixture
def certificates(tmp_path) -> Certificates:
    return Certificates(tmp_path / "certs")


def ask(url: str, path: str, token: str = "", method: str = "GET", **options) -> httpx.Response:
    headers = ({"authorization": f"Bearer {token}"} if token else {}) | options.pop("headers", {})
    return httpx.request(method, url + path, headers=headers, trust_env=False, timeout=20, **options)


@SMALL
def test_with_a_token_only_probes_are_answered_without_it(new_system):
    url = new_system({"TRADEWIND_OPS_TOKEN": TOKEN}).ops_url()
    for path in ("/health", "/livez", "/ready"):
        assert ask(url, path).status_code == 200, path
    for path in ("/", "/config", "/metrics", "/flows", "/log_level"):
        refused = ask(url, path)
        assert refused.status_code == 401 and refused.json()["code"] == "OPS_TOKEN", path
        assert refused.headers["www-authenticate"] == "Bearer"
        assert ask(url, path, OTHER).status_code == 401, path
        assert ask(url, path, TOKEN).status_code == 200, path


@SMALL
def test_a_token_in_a_file_is_read_again_when_it_changes(new_system, tmp_path):
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    url = new_system({"TRADEWIND_OPS_TOKEN_FILE": str(file)}).ops_url()
    assert ask(url, "/config", TOKEN).status_code == 200
    (tmp_path / "new").write_text(OTHER + "\n")
    (tmp_path / "new").rename(file)
    assert ask(url, "/config", TOKEN).status_code == 401
    assert ask(url, "/config", OTHER).status_code == 200


@SMALL
def test_the_port_uses_tls_and_may_want_a_certificate(new_system, certificates):
    secured = {"TRADEWIND_OPS_CERTIFICATE": str(certificates.folder / "gateway.crt"), "TRADEWIND_OPS_KEY": str(certificates.folder / "gateway.key")}
    known = secured | {"TRADEWIND_OPS_CLIENT_CA": str(certificates.ca)}
    show = ("--write-out", "%{response_code}", "--output", "/dev/null", "--cacert", certificates.ca)
    by_tls = new_system(secured).process_of("gateway").ready["ops"]
    assert curl(*show, f"https://{by_tls}/health").stdout == "200"
    assert ask(f"http://{by_tls}", "/health").status_code == 400, "HTTP gets a hint"
    by_certificate = new_system(known).process_of("gateway").ready["ops"]
    assert curl(*show, f"https://{by_certificate}/health").returncode != 0
    mine = ("--cert", certificates.folder / "order.crt", "--key", certificates.folder / "order.key")
    assert curl(*show, *mine, f"https://{by_certificate}/config").stdout == "200"


def test_production_does_not_serve_operations_to_everybody(tmp_path):
    for settings in ({}, {"TRADEWIND_OPS_TOKEN": TOKEN}, {"TRADEWIND_OPS_CERTIFICATE": "a.crt", "TRADEWIND_OPS_KEY": "a.key"}):
        refused = run("up", "--data", str(tmp_path / "data"), folder=tmp_path, env=OPEN | settings)
        assert refused.returncode == 78, refused
        assert "ops.address" in refused.stderr and "ops.token" in refused.stderr


@SMALL
def test_in_production_too_the_port_answers_for_loopback_names_alone(new_system, tmp_path):
    url = new_system(production(tmp_path / "issuer") | {"TRADEWIND_HTTP_HOSTS": ""}).ops_url()
    assert ask(url, "/config").status_code == 200
    assert ask(url, "/config", headers={"host": "evil.example"}).status_code == 421


@SMALL
def test_a_change_by_post_has_a_field_that_no_form_can_send(new_system):
    url = new_system().ops_url()
    form = {"content-type": "application/x-www-form-urlencoded"}
    for path in ("/log_level", "/flows", "/events/dead"):
        refused = ask(url, path, method="POST", content="warn", headers=form)
        assert refused.status_code == 403 and refused.json()["code"] == "OPERATOR_HEADER", path
    assert ask(url, "/log_level", method="POST", content="warn", headers=form | {"x-operator": "1"}).status_code == 200


@SMALL
def test_no_secret_is_shown_anywhere(new_system, tmp_path):
    """Each secret of the settings has a canary, and all that the process says is searched for it."""
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    settings = {
        "TRADEWIND_OPS_TOKEN_FILE": str(file),
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=canary-of-a-header",
    }
    system = new_system(settings)
    url = system.ops_url()
    said = [ask(url, path, TOKEN).text for path in ("/", "/config", "/telemetry", "/metrics", "/requests", "/channelz", "/loops")]
    said.append(ask(url, "/config", TOKEN + "x").text)
    with system.client() as http:
        said += [http.get(path).text for path in ("/openapi.json", "/version", "/nowhere")]
    said.append(str(system.process_of("gateway").log_records()))
    urls = {
        "DATABASE_URL": "postgresql://shop:canary-of-a-database@127.0.0.1:9/shop",
        "REDIS_URL": "redis://shop:canary-of-redis@127.0.0.1:9/0",
        "TRADEWIND_ORDER_DATABASE_URL": "postgresql://shop:canary-of-a-module@127.0.0.1:9/shop",
    }
    for command in (("config", "show"), ("config", "show", "--help-all"), ("--help",), ("serve", "order", "--data", str(tmp_path))):
        shown = run(*command, folder=tmp_path, env=settings | urls)
        said += [shown.stdout, shown.stderr]
    for text in said:
        assert "canary" not in text, text[max(0, text.find("canary") - 200) :][:400]
    assert ask(url, "/config", TOKEN).text.count("***") >= 1, "the canary was there"
