"""The test service for trace contexts, `tw-trace-context`, and what it is told to call: a sink that keeps all it gets."""

import http.client
import http.server
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

from harness.process import ROOT, clean_environment

READY_SECONDS_MAX = 20
STOP_SECONDS_MAX = 15

Fields = list[tuple[str, str]]

# A trace to be gone on with, as traceparent and as B3.
TRACE = "12345678901234567890123456789012"
SPAN = "1234567890123456"
PARENT = f"00-{TRACE}-{SPAN}-01"
UNSAMPLED = f"00-{TRACE}-{SPAN}-00"
B3_TRACE = "80f198ee56343ba864fe8b2a57d3eff7"
B3_SPAN = "e457b5a2e4d86bd1"
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


def program() -> pathlib.Path:
    return pathlib.Path(os.environ.get("TRACE_CONTEXT_BIN", ROOT / "build/release/bin/tw-trace-context")).resolve()


class Sink:
    """An HTTP server that answers everything and keeps path, header fields and body."""

    def __init__(self, status: int = 200):
        self.requests: list[tuple[str, Fields, bytes]] = []
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # noqa: N802 (its name in http.server)
                body = self.rfile.read(int(self.headers["content-length"]))
                sink.requests.append((self.path, list(self.headers.items()), body))
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, path: str = "/sink") -> str:
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def take(self) -> list[tuple[str, Fields, bytes]]:
        taken, self.requests = self.requests, []
        return taken

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class TraceContextService:
    """One process of the test service, on a port of its own choice."""

    def __init__(self, folder: pathlib.Path, env: dict[str, str] | None = None):
        folder.mkdir(parents=True, exist_ok=True)
        self.log_file = folder / "trace-context.log"
        with self.log_file.open("wb") as log:
            command = [str(program()), "--port", "0"]
            self._child = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=clean_environment(env))
        self.port = self._wait_ready()

    def _wait_ready(self) -> int:
        give_up = time.monotonic() + READY_SECONDS_MAX
        while True:
            for record in self.records():
                if record["event_name"] == "trace_context.ready":
                    return record["attributes"]["server.port"]
            assert self._child.poll() is None and time.monotonic() < give_up, self.log_file.read_text(errors="replace")
            time.sleep(0.01)

    def records(self) -> list[dict]:
        return [json.loads(line) for line in self.log_file.read_text().rpartition("\n")[0].splitlines()]

    def post(self, body: bytes, fields: Fields = (), path: str = "/test") -> tuple[int, bytes]:
        """As it is told, field by field: no library may mend what it sends."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.putrequest("POST", path, skip_accept_encoding=True)
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(body)))
        for name, value in fields:
            connection.putheader(name, value.encode("latin-1"))
        connection.endheaders(body)
        answer = connection.getresponse()
        result = answer.status, answer.read()
        connection.close()
        return result

    def relay(self, sink: Sink, fields: Fields, count: int = 1) -> list[Fields]:
        """Has it call the sink `count` times within what `fields` say; the header fields that the sink got."""
        calls = [{"url": sink.url(f"/{index}"), "arguments": [index]} for index in range(count)]
        status, body = self.post(json.dumps(calls).encode(), fields)
        assert status == 200, body
        taken = sink.take()
        assert [(path, json.loads(got)) for path, _, got in taken] == [(f"/{index}", [index]) for index in range(count)]
        return [got for _, got, _ in taken]

    def running(self) -> bool:
        return self._child.poll() is None

    def stop(self) -> int:
        self._child.send_signal(signal.SIGTERM)
        return self._child.wait(STOP_SECONDS_MAX)

    def kill(self):
        if self.running():
            self._child.kill()
        self._child.wait()


def values(fields: Fields, name: str) -> list[str]:
    return [value for field, value in fields if field.lower() == name]


def traceparent(fields: Fields) -> tuple[str, str, str]:
    """Trace id, span id and flags of the one traceparent there is, which is well-formed."""
    (value,) = values(fields, "traceparent")
    match = _TRACEPARENT.fullmatch(value)
    assert match, value
    assert set(match[1]) != {"0"} and set(match[2]) != {"0"}
    return match[1], match[2], match[3]


def tracestate(fields: Fields) -> str | None:
    found = values(fields, "tracestate")
    assert len(found) <= 1
    return found[0] if found else None
