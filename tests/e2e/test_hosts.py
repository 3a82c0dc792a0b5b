"""Which hosts the HTTP and the operations port answer for: a page of any web site can have its name point to a developer's machine."""

import httpx
import pytest

from harness.production import production
from harness.shop import problem
from harness.system import ONE, System

pytestmark = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")

DEFAULT = {"TRADEWIND_HTTP_HOSTS": ""}


def ask(system: System, host: str, ops: bool = False, path: str = "/health") -> httpx.Response:
    url = (system.ops_url() if ops else system.url) + path
    return httpx.get(url, headers={"host": host, "origin": "http://" + host}, trust_env=False, timeout=20)


def port_of(url: str) -> str:
    return url.rsplit(":", 1)[1]


@pytest.mark.parametrize("ops", [False, True], ids=["http", "ops"])
def test_a_development_process_on_loopback_answers_for_loopback_alone(new_system, ops):
    system = new_system(DEFAULT)
    port = port_of(system.ops_url() if ops else system.url)
    for host in ("localhost", f"localhost:{port}", "127.0.0.1", f"[::1]:{port}", "shop.localhost"):
        assert ask(system, host, ops).status_code == 200, host
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "10.0.0.7"):
        refused = ask(system, host, ops, "/config" if ops else "/api/products")
        problem(refused, 421, "HOST_NOT_ALLOWED")
        assert "TRADEWIND_HTTP_HOSTS" in refused.json()["detail"]


def test_the_setting_adds_hosts(new_system):
    system = new_system({"TRADEWIND_HTTP_HOSTS": "shop.example, host.docker.internal"})
    for host in ("shop.example:8080", "HOST.docker.internal", "localhost"):
        assert ask(system, host).status_code == 200, host
        assert ask(system, host, ops=True).status_code == 200, host
    assert ask(system, "www.shop.example").status_code == 421


def test_production_answers_for_all_hosts_until_the_setting_names_some(new_system, tmp_path):
    settings = production(tmp_path / "issuer") | DEFAULT
    assert ask(new_system(settings), "shop.example").status_code == 200
    listed = new_system(settings | {"TRADEWIND_HTTP_HOSTS": "shop.example"})
    assert ask(listed, "shop.example").status_code == 200
    assert ask(listed, "evil.example").status_code == 421


def test_a_foreign_host_is_refused_by_http_2_too(new_system):
    with httpx.Client(http1=False, http2=True, trust_env=False, timeout=20) as client:
        url = new_system(DEFAULT).url + "/health"
        assert client.get(url).status_code == 200
        assert client.get(url, headers={"host": "evil.example"}).status_code == 421
