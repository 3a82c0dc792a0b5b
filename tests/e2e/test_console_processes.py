"""The console asks processes at their operations ports: it reads, changes log levels and nothing else, and survives bad answers."""

import contextlib
import http.server
import threading

import httpx
import pytest

from harness.ports import free_ports
from harness.process import Process, run
from harness.shop import done, problem
from harness.system import FIVE, ONE
from harness.tls import Certificates

TOKEN = "canary-0123456789abcdef"
PAGE = {"X-Tradewind-Console": "1", "Sec-Fetch-Site": "same-origin"}


def page_of(process: Process) -> httpx.Client:
    return httpx.Client(base_url=f"http://{process.ready['console']}", timeout=20, trust_env=False)


@pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
def test_its_own_process_is_known_by_itself_and_log_levels_are_changed(new_system):
    system = new_system({"TRADEWIND_TELEMETRY_CONSOLE": "on", "TRADEWIND_OPS_TOKEN": TOKEN})
    up = system.process_of("gateway")
    path = f"/q/processes/{up.ready['ops']}"
    with page_of(up) as page:
        (listed,) = done(page.get("/q/processes"))["processes"]
        assert listed["name"] == up.ready["ops"] and listed["ready"] and listed["problems"] == [] and listed["settings"] == []
        assert {"order-service", "api-gateway"} <= set(listed["services"])
        assert listed["memory_bytes"] > 1_000_000 and listed["version"] and listed["loop_lag_us"]
        whole = page.get(path)
        assert TOKEN not in whole.text
        settings = {one["key"]: one for one in done(whole)["settings"]}
        assert settings["ops.token"]["value"] == "***" and settings["ops.token"]["origin"] == "TRADEWIND_OPS_TOKEN"
        assert {one["service"] for one in whole.json()["requests"]} >= {"order-service", "user-service"}

        level = {"levels": "order=debug"}
        problem(page.put(path + "/log_level", json=level), 403, "CROSS_SITE_REQUEST")
        problem(page.put(path + "/log_level", json=level, headers=PAGE | {"Sec-Fetch-Site": "cross-site"}), 403, "CROSS_SITE_REQUEST")
        changed = done(page.put(path + "/log_level", json=level, headers=PAGE))
        assert {"part": "order", "level": "debug"} in changed["log_levels"]
        told = httpx.get(system.ops_url() + "/log_level", headers={"authorization": f"Bearer {TOKEN}"}, trust_env=False)
        assert told.json()["order"] == "debug" and told.json()["user"] == "info"
        refused = problem(page.put(path + "/log_level", json={"levels": "order=loud"}, headers=PAGE), 400, "LOG_LEVEL_REFUSED", "/levels")
        assert "loud" in refused["detail"]
        problem(page.get("/q/processes/127.0.0.1:1"), 404, "PROCESS_NOT_FOUND")
        for other in ("faults", "flows", "config"):
            assert page.put(f"{path}/{other}", json={}, headers=PAGE).status_code in (404, 405)


@pytest.mark.parametrize("placement, engine", [(FIVE, "sqlite")], scope="session")
def test_other_processes_are_named_by_a_setting(new_system):
    system = new_system({"TRADEWIND_OPS_TOKEN": TOKEN}, start=False)
    user, catalog = system.start_process("user"), system.start_process("catalog")
    others = ", ".join(f"http://{each.ready['ops']}" for each in (user, catalog))
    system.env |= {"TRADEWIND_CONSOLE_OPS_URLS": others, "TRADEWIND_CONSOLE_OPS_TOKEN": TOKEN}
    with page_of(system.start_process("console")) as page:
        found = done(page.get("/q/processes"))["processes"]
        assert [[module["name"] for module in each["modules"]] for each in found] == [["console"], ["user"], ["catalog"]]
        assert all(each["problems"] == [] for each in found)


@pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
def test_a_port_with_tls_and_client_certificates_is_asked_with_those_of_the_process(new_system, tmp_path):
    folder = Certificates(tmp_path / "certs").folder
    secured = {"OPS_CERTIFICATE": folder / "user.crt", "OPS_KEY": folder / "user.key", "OPS_CLIENT_CA": folder / "ca.crt", "TELEMETRY_CONSOLE": "on"}
    up = new_system({f"TRADEWIND_{key}": str(value) for key, value in secured.items()}).process_of("gateway")
    with page_of(up) as page:
        (process,) = done(page.get("/q/processes"))["processes"]
        assert process["ready"] and process["problems"] == []


class Answers(http.server.BaseHTTPRequestHandler):
    """Answers as no operations port should; `seen` are the paths that were asked for."""

    def do_GET(self):
        self.server.seen.append(self.path)
        if self.server.kind == "redirects":
            self.send_response(302)
            self.send_header("Location", self.server.elsewhere)
        elif self.server.kind == "hangs":
            self.server.ended.wait(10)
            return
        else:
            self.send_response(200)
        body = {"large": b"x" * 6_000_000, "wrong": b'{"ready": true, "modules": 3, "loops": 1}'}.get(self.server.kind, b"")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def odd_server(kind: str, elsewhere: str = ""):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.kind, server.elsewhere, server.seen, server.ended = kind, elsewhere, [], threading.Event()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


def test_what_does_not_answer_as_it_should_is_said_with_its_page(tmp_path):
    (closed,) = free_ports(1)
    with contextlib.ExitStack() as until:
        trap = until.enter_context(odd_server("trap"))
        address = f"127.0.0.1:{trap.server_port}"
        servers = [until.enter_context(odd_server(kind, f"http://{address}/caught")) for kind in ("redirects", "hangs", "large", "wrong")]
        urls = ",".join(f"http://127.0.0.1:{port}" for port in [*(each.server_port for each in servers), closed])
        console = Process("console", ["serve", "console", "--ports", "auto", "--data", str(tmp_path / "data")], tmp_path,
                          {"TRADEWIND_CONSOLE_OPS_URLS": urls})  # fmt: skip
        try:
            console.wait_ready()
            with page_of(console) as page:
                own, *others = done(page.get("/q/processes"))["processes"]
                assert own["ready"] and own["problems"] == []
                said = [each["problems"][0] for each in others]
                assert "302" in said[0]["problem"] and said[1]["page"] == "/ready?verbose"
                assert "refused" in said[4]["problem"]
                assert all(each["problems"] and not each["version"] for each in others)
                refused = page.put(f"/q/processes/{others[4]['name']}/log_level", json={"levels": "info"}, headers=PAGE)
                assert "does not answer" in problem(refused, 503, "PROCESS_NOT_REACHED")["detail"]
            assert trap.seen == [], "a redirect was followed"
            console.stop()
        finally:
            console.kill()


def test_an_address_that_is_no_url_is_an_error(tmp_path):
    wrong = {"TRADEWIND_CONSOLE_OPS_URLS": "http://127.0.0.1:9464,127.0.0.1:9465"}
    ran = run("serve", "console", "--ports", "auto", "--data", tmp_path / "data", folder=tmp_path, env=wrong)
    assert ran.returncode == 78, ran.stderr
    assert "console.ops_urls: 127.0.0.1:9465 is no URL" in ran.stderr
