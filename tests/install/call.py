"""Starts the greeter program named, calls it over gRPC and HTTP with stock clients, asks whether it is ready, and ends it. Whatever it
says or sends has its own name, and nothing names the product that the kit comes from.

The messages are written by hand (one string field each), so that nothing of the kit's is on the client's side.
"""

import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import grpc

BRAND = re.compile("tradewind", re.IGNORECASE)


def free_of_brand(what: str, text: str) -> str:
    assert not BRAND.search(text), f"{what} names the product: {text}"
    return text


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes telemetry over HTTP and notes who sends it."""

    agents: list[str] = []
    bodies: list[str] = []

    def do_POST(self) -> None:  # noqa: N802, the name that http.server looks for
        self.agents.append(self.headers["User-Agent"])
        self.bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode(errors="replace"))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_) -> None:
        pass


def settings(**values: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("TRADEWIND_", "OTEL_"))} | {
        f"GREETER_{name}": value for name, value in values.items()
    }


def wait_for(file: pathlib.Path, program: subprocess.Popen) -> dict:
    while not file.exists():
        assert program.poll() is None, f"the program has ended with {program.returncode}"
        time.sleep(0.01)
    return json.loads(file.read_text())


def call(address: str) -> None:
    with grpc.insecure_channel(address) as channel:
        greet = channel.unary_unary("/greeter.Greeter/Greet")
        answer = greet(b"\x0a\x03Ann", timeout=10)
        assert answer == b"\x0a\x09Hej, Ann!", answer
        try:
            greet(b"\x0a\x06nobody", timeout=10)
        except grpc.RpcError as refused:
            assert refused.code() is grpc.StatusCode.NOT_FOUND, refused
            details = dict(refused.trailing_metadata())["grpc-status-details-bin"]
            # ErrorInfo: reason is field 1, domain is field 2.
            assert b"\x0a\x0cNOBODY_THERE\x12\x07greeter" in details, details
            free_of_brand("an error", details.decode(errors="replace"))
        else:
            raise AssertionError("nobody was greeted")


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as page:
        return page.read().decode()


def ask(url: str, **fields: str) -> tuple[int, str, dict]:
    """Status, body and header fields of the response to GET, whatever it is."""
    request = urllib.request.Request(url, headers=fields)
    try:
        with urllib.request.urlopen(request, timeout=10) as page:
            return page.status, page.read().decode(), dict(page.headers)
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode(), dict(refused.headers)


def call_over_http(api: str) -> None:
    status, body, _ = ask(f"{api}/greetings/Ann")
    assert (status, json.loads(body)) == (200, {"text": "Hej, Ann!"}), body
    status, body, _ = ask(f"{api}/greetings/nobody")
    assert status == 404 and json.loads(body)["code"] == "NOBODY_THERE", body
    # The usual policies are there: CORS, as it was set, for answers of all kinds.
    status, body, fields = ask(f"{api}/nowhere", Origin="https://shop.example")
    assert status == 404 and fields["Access-Control-Allow-Origin"] == "https://shop.example", fields
    document = json.loads(read(f"{api}/openapi.json"))
    assert (document["info"]["title"], document["info"]["version"]) == ("greeter", "1.0.0"), document["info"]
    assert list(document["paths"]) == ["/greetings/{name}"], document["paths"]
    for page in ("health", "ready", "version", "openapi.json"):
        free_of_brand(page, read(f"{api}/{page}"))


def call_at_the_edge(address: str) -> None:
    """The HTTP port speaks gRPC, too, and answers health checks there."""
    with grpc.insecure_channel(address) as channel:
        answer = channel.unary_unary("/greeter.Greeter/Greet")(b"\x0a\x03Ann", timeout=10)
        assert answer == b"\x0a\x09Hej, Ann!", answer
        health = channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=10)
        assert health == b"\x08\x01", health


def refused_settings(binary: str, folder: str) -> None:
    environment = settings(HTTP_BODY_BYTES_MAX="0")
    done = subprocess.run([binary], cwd=folder, env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 78, done
    assert "greeter: the configuration is not valid" in done.stderr, done.stderr
    assert "http.body_bytes_max (from GREETER_HTTP_BODY_BYTES_MAX)" in done.stderr, done.stderr
    free_of_brand("a refused setting", done.stdout + done.stderr)


def refused_file(binary: str, folder: str) -> None:
    file = pathlib.Path(folder, "greeter.toml")
    file.write_text("[greeter]\nsalutaton = 'Hej'\n")
    done = subprocess.run([binary], cwd=folder, env=settings(), capture_output=True, text=True, timeout=30)
    file.unlink()
    assert done.returncode == 78, done
    assert "greeter.toml:2" in done.stderr and "greeter.salutation" in done.stderr, done.stderr
    free_of_brand("a refused file", done.stdout + done.stderr)


def busy_port(binary: str, folder: str, taken: str) -> None:
    environment = settings(OPS_ADDRESS="127.0.0.1:0", GREETER_ADDRESS=taken)
    done = subprocess.run([binary], cwd=folder, env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 69 and "GREETER_GREETER_ADDRESS" in done.stderr, done
    free_of_brand("a port that is taken", done.stdout + done.stderr)


def shows_its_own_name(pages: str) -> None:
    config = json.loads(read(f"{pages}/config"))["settings"]
    origins = {setting["key"]: setting["origin"] for setting in config}
    assert origins["greeter.salutation"] == "GREETER_GREETER_SALUTATION", origins
    free_of_brand("/config", json.dumps(config))
    assert 'rpc_method="greeter.Greeter/Greet"' in read(f"{pages}/metrics")
    for page in ("metrics", "telemetry", "requests", "channelz", "ready", "log_level", "loops", "version"):
        free_of_brand(page, read(f"{pages}/{page}"))


def run(binary: str, folder: str) -> str:
    """What the program says from its start to its end."""
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    ready_file = pathlib.Path(folder, "ready.json")
    environment = settings(RUNTIME_PORTS="auto", RUNTIME_READY_FILE=str(ready_file), GREETER_SALUTATION="Hej", ODD="1")
    environment |= {"GREETER_HTTP_CORS_ORIGINS": "https://shop.example"}
    environment |= {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{receiver.server_port}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    }
    with subprocess.Popen([binary], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as program:
        try:
            listening = wait_for(ready_file, program)
            call(listening["grpc"]["greeter"])
            call_over_http(f"http://{listening['http']}")
            call_at_the_edge(listening["http"])
            shows_its_own_name(f"http://{listening['ops']}")
            busy_port(binary, folder, listening["grpc"]["greeter"])
            program.terminate()
            said = program.communicate(timeout=20)[0]
            assert program.returncode == 0, program.returncode
        finally:
            program.kill()
    receiver.shutdown()
    assert set(Receiver.agents) == {"greeter-otlp-exporter"}, Receiver.agents
    for body in Receiver.bodies:
        free_of_brand("telemetry", body)
    assert any("service.namespace\x12\x09\x0a\x07greeter" in body for body in Receiver.bodies), Receiver.bodies
    return said


with tempfile.TemporaryDirectory() as work:
    refused_settings(sys.argv[1], work)
    refused_file(sys.argv[1], work)
    output = free_of_brand("the log", run(sys.argv[1], work))
    assert "greeter: warning: the environment variable GREETER_ODD is not a setting" in output, output
    assert "greeter: ready: API http://127.0.0.1:" in output and ", gRPC greeter 127.0.0.1:" in output, output
assert "runtime.route_not_answered" not in output, output
print("greeted")
