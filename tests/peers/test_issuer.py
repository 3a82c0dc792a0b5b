"""Tokens of a real issuer, oidc-provider: its metadata is discovered, its keys change under load, and it goes away."""

import json
import pathlib
import subprocess
import threading

import httpx
import pytest
from harness.system import ONE, System

from rig.program import Program, folder_of, start_with_ports, until

READ_EVERY_MS = 1000


class OidcProvider:
    """Signs with the first of `keys`, which are names. Each name is a key of its own."""

    def __init__(self, folder: pathlib.Path, *keys: str):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        made = folder_of("oidc-provider")
        self._keys: dict[str, dict] = {}
        self.use(*keys)

        def make(ports: list[int]) -> Program:
            self.url = f"http://127.0.0.1:{ports[0]}"
            command = ["node", str(made / "oidc_provider.mjs"), str(ports[0]), str(self.folder / "keys.json")]
            return Program("oidc-provider", command, folder, self.answers)

        self.program = start_with_ports(make, 1)

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/.well-known/openid-configuration", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def use(self, *names: str) -> None:
        """For the next start."""
        for name in names:
            self._keys.setdefault(name, new_key(name))
        (self.folder / "keys.json").write_text(json.dumps({"keys": [self._keys[name] for name in names]}))

    def rotate(self, *names: str) -> None:
        self.program.stop()
        self.use(*names)
        self.program.start()

    def token(self, scope: str = "shop:support") -> str:
        wanted = {"grant_type": "client_credentials", "scope": scope}
        answer = httpx.post(f"{self.url}/token", data=wanted, auth=("shop", "s3cret"), timeout=10, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]


def new_key(name: str) -> dict:
    """A private RSA key as a JWK, made by Node.js."""
    script = (
        "const k=require('crypto').generateKeyPairSync('rsa',{modulusLength:2048}).privateKey.export({format:'jwk'});"
        f"console.log(JSON.stringify({{...k,kid:{json.dumps(name)},use:'sig',alg:'RS256'}}))"
    )
    return json.loads(subprocess.run(["node", "-e", script], check=True, capture_output=True, text=True, timeout=60).stdout)


@pytest.fixture
def shop(request, tmp_path):
    systems = []

    def run(issuer: OidcProvider) -> System:
        settings = {
            "TRADEWIND_AUTH_ISSUERS": issuer.url,
            "TRADEWIND_AUTH_AUDIENCES": "urn:shop",
            "TRADEWIND_AUTH_SUPPORT_SCOPES": "shop:support",
            "TRADEWIND_AUTH_KEYS_REFRESH_MS": str(READ_EVERY_MS),
        }
        systems.append(System(ONE, tmp_path / "system", settings))
        return systems[-1].start()

    yield run
    for system in systems:
        system.stop()


class Load:
    """Calls without a pause, with the newest of the tokens that it was given."""

    def __init__(self, system: System, token: str):
        self.token = token
        self.statuses: list[int] = []
        self._system = system
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(4)]

    def _run(self):
        with self._system.client() as http:
            while not self._over.is_set():
                answer = http.get("/api/users", headers={"authorization": f"Bearer {self.token}"})
                self.statuses.append(answer.status_code)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def more(self, calls: int = 50):
        enough = len(self.statuses) + calls
        until(f"{calls} calls more", lambda: len(self.statuses) >= enough)


def status(system: System, token: str) -> int:
    with system.client() as http:
        return http.get("/api/users", headers={"authorization": f"Bearer {token}"}).status_code


def test_a_scope_of_a_discovered_issuer_permits_what_the_contract_says(start, shop):
    issuer = start(OidcProvider, "first")
    system = shop(issuer)
    assert status(system, issuer.token()) == 200
    assert status(system, issuer.token(scope="")) == 403
    assert status(system, issuer.token() + "x") == 401


def test_keys_change_under_load_without_a_failed_call(start, shop):
    issuer = start(OidcProvider, "first")
    system = shop(issuer)
    old = issuer.token()
    with Load(system, old) as load:
        load.more()
        # The issuer is away for a moment, and comes back with a key more, which signs from now on.
        issuer.rotate("second", "first")
        load.token = issuer.token()
        load.more()
        assert status(system, old) == 200
        # The old key is gone, and with it what it has signed.
        issuer.rotate("second")
        until("the old key is refused", lambda: status(system, old) == 401)
        load.more()
        newest = issuer.token()
        issuer.program.stop()
        load.token = newest
        load.more(200)
    assert set(load.statuses) == {200}, {code: load.statuses.count(code) for code in set(load.statuses)}
    assert len(load.statuses) > 300


def test_an_issuer_that_is_away_at_the_start_lets_nobody_in_and_is_asked_again(start, shop):
    issuer = start(OidcProvider, "first")
    token = issuer.token()
    issuer.program.stop()
    system = shop(issuer)
    assert status(system, token) == 503
    issuer.program.start()
    until("the keys are read", lambda: status(system, token) == 200)
