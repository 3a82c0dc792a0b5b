"""gRPC-Web from a page in a real browser: headless Chromium, whose own rules of other origins apply."""

import functools
import html
import http.server
import pathlib
import re
import shutil
import subprocess
import threading
import urllib.parse

import pytest
from harness.shop import create_user
from harness.system import ONE, System
from harness.tls import Certificates

NOBODY = "018f0000-0000-7000-8000-000000000000"
PAGE = pathlib.Path(__file__).parent / "page"
ALONE = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run", "--ignore-certificate-errors"]  # fmt: skip


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Nobody reads it."""


@pytest.fixture
def origin():
    """Of the page: another one than the gateway's."""
    handler = functools.partial(Quiet, directory=str(PAGE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def shop(tmp_path):
    """shop(env) is `tradewind up`."""
    made = []

    def start(env: dict[str, str]) -> System:
        made.append(System(ONE, tmp_path / "system", env))
        return made[0].start()

    yield start
    for system in made:
        system.stop()


def seen(tmp_path: pathlib.Path, url: str) -> dict[str, str]:
    """What the page tells, by name, once its calls are over."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    command = [chromium, *ALONE, f"--user-data-dir={tmp_path}/chromium", "--virtual-time-budget=20000", "--dump-dom", url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    told = dict(re.findall(r'<dd id="([^"]+)">(.*?)</dd>', done.stdout, re.S))
    assert told, done.stdout + done.stderr
    return {name: html.unescape(value) for name, value in told.items()}


@pytest.mark.parametrize("secure", [False, True], ids=["clear", "tls"])
def test_a_page_calls_by_fetch(shop, origin, tmp_path, secure):
    tls = Certificates(tmp_path / "certs").edge() if secure else {}
    system = shop(tls | {"TRADEWIND_HTTP_CORS_ORIGINS": origin})
    url = f"http{'s' if secure else ''}://{system.process_of('gateway').ready['http']}"
    with system.client() as client:
        client.base_url = url
        user = create_user(client)
    told = seen(tmp_path, f"{origin}/grpc_web.html?" + urllib.parse.urlencode({"to": url, "id": user["id"], "nobody": NOBODY}))
    assert told["id-type"] == "application/grpc-web+proto"
    assert user["email"] in told["id-message"] and told["id-trailers"] == "grpc-status:0"
    assert told["nobody-message"] == "" and "grpc-status:5" in told["nobody-trailers"]


def test_a_page_of_an_origin_without_leave_is_told_nothing(shop, origin, tmp_path):
    system = shop({"TRADEWIND_HTTP_CORS_ORIGINS": "https://shop.example"})
    told = seen(tmp_path, f"{origin}/grpc_web.html?" + urllib.parse.urlencode({"to": system.url, "id": NOBODY, "nobody": NOBODY}))
    assert told == {"id-refused": "TypeError", "nobody-refused": "TypeError"}
