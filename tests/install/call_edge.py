"""Calls greeter-edge, a gateway of somebody else whose modules all run elsewhere: the greeter of the folder named, and the user module
of the tradewind program named.
"""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request


def ask(method: str, url: str, body: dict | None = None) -> tuple[int, dict]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as page:
            return page.status, json.loads(page.read())
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


@contextlib.contextmanager
def running(command: list[str], folder: pathlib.Path, **environment: str):
    """A program that is ready, and where it listens."""
    ready_file = folder / "ready.json"
    folder.mkdir()
    prefix = pathlib.Path(command[0]).name.removeprefix("greeter-").upper()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("TRADEWIND_", "OTEL_"))}
    settings = {f"{prefix}_RUNTIME_PORTS": "auto", f"{prefix}_RUNTIME_READY_FILE": str(ready_file), f"{prefix}_LOG_LEVEL": "off"}
    with subprocess.Popen(command, cwd=folder, env=clean | settings | environment) as program:
        try:
            while not ready_file.exists():
                assert program.poll() is None, f"{command[0]} has ended with {program.returncode}"
                time.sleep(0.01)
            yield json.loads(ready_file.read_text()), program
            program.terminate()
            assert program.wait(timeout=20) == 0, program.returncode
        finally:
            program.kill()


def refuses_to_start_alone(edge: str, folder: pathlib.Path) -> None:
    """A URL that is none ends the start with the name of its variable."""
    environment = os.environ | {"USER_SERVICE_URL": "not a url"}
    done = subprocess.run([edge], cwd=folder, env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 78 and "user.url (from USER_SERVICE_URL)" in done.stderr, done


def calls_the_product_by_mtls(edge: str, tradewind: str, work: pathlib.Path) -> None:
    """The user module shows the identity of the program that it belongs to, and accepts a certificate of that program alone."""
    certificates = work / "certificates"
    subprocess.run([tradewind, "certs", "dev", "--folder", str(certificates)], check=True, stdout=subprocess.DEVNULL)
    files = {"CERTIFICATE": "{module}.crt", "KEY": "{module}.key", "CA": "ca.crt"}
    mtls = {name: {f"{name}_RPC_{key}": str(certificates / file) for key, file in files.items()} for name in ("TRADEWIND", "EDGE")}
    users = [tradewind, "serve", "user", "--data", str(work / "secure-data")]
    with running(users, work / "secure-user", **mtls["TRADEWIND"]) as (shop, _):
        with running([edge], work / "secure-edge", USER_SERVICE_URL=shop["grpc"]["user"], **mtls["EDGE"]) as (listening, _):
            status, user = ask("POST", f"http://{listening['http']}/api/users", {"email": "eve@example.com", "name": "Eve"})
            assert status == 200 and user["name"] == "Eve", user


def main(greeter_build: str, tradewind: str, work: pathlib.Path) -> None:
    edge = f"{greeter_build}/greeter-edge"
    refuses_to_start_alone(edge, work)
    calls_the_product_by_mtls(edge, tradewind, work)
    users = [tradewind, "serve", "user", "--data", str(work / "data")]
    with running([f"{greeter_build}/greeter"], work / "greeter") as (greeter, _), running(users, work / "user") as (shop, shop_process):
        urls = {"GREETER_SERVICE_URL": greeter["grpc"]["greeter"], "USER_SERVICE_URL": shop["grpc"]["user"]}
        with running([edge], work / "edge", **urls) as (listening, _):
            api = f"http://{listening['http']}"
            assert listening["grpc"] == {}, listening
            assert ask("GET", f"{api}/greetings/Ann") == (200, {"text": "Hello, Ann!"})
            status, user = ask("POST", f"{api}/api/users", {"email": "ann@example.com", "name": "Ann"})
            assert status == 200, user
            assert ask("GET", f"{api}/api/users/{user['id']}") == (200, user)
            document = ask("GET", f"{api}/openapi.json")[1]
            assert document["info"]["title"] == "Greetings and users" and document["info"]["version"] == "2.0.0", document["info"]
            assert {"/greetings/{name}", "/api/users", "/api/users/{id}"} == set(document["paths"]), document["paths"]
            shop_process.terminate()
            shop_process.wait(timeout=20)
            status, problem = ask("GET", f"{api}/api/users/{user['id']}")
            assert status == 503 and "the user module" in problem["detail"], problem
            assert ask("GET", f"{api}/greetings/Ann")[0] == 200


with tempfile.TemporaryDirectory() as folder:
    main(sys.argv[1], sys.argv[2], pathlib.Path(folder))
print("called at the edge of somebody else")
