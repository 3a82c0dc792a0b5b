"""The newcomer's flow, word for word, with curl."""

import json
import re
import shutil
import subprocess

import pytest

from harness.shop import TIMESTAMP, UUID_V7, new_email, product

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def curl(*arguments: str) -> tuple[int, str]:
    """Status and body."""
    command = ["curl", "--silent", "--show-error", "--max-time", "30", "--noproxy", "*", "--write-out", "\n%{http_code}", *arguments]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    body, status = out.rsplit("\n", 1)
    return int(status), body


def post(url: str, body: str) -> dict:
    status, answer = curl("-X", "POST", url, "-H", "Content-Type: application/json", "-d", body)
    assert status == 200, answer
    return json.loads(answer)


def test_the_whole_flow_works_with_curl(system, http):
    email = new_email()
    user = post(f"{system.url}/api/users", json.dumps({"email": email, "name": "Alice"}))
    assert re.match(UUID_V7, user["id"])
    assert (user["email"], user["name"]) == (email, "Alice")
    assert re.match(TIMESTAMP, user["created_at"])

    status, answer = curl(f"{system.url}/api/users/{user['id']}")
    assert (status, json.loads(answer)) == (200, user)

    wanted = {"user_id": user["id"], "product_id": "prod-123", "quantity": 2}
    order = post(f"{system.url}/api/orders", json.dumps(wanted))
    assert wanted.items() <= order.items()
    assert order["status"] == "pending"
    price = product(http, "prod-123")["price"]
    assert int(order["total"]["minor"]) == 2 * int(price["minor"])
    assert order["total"]["currency"] == price["currency"]

    status, answer = curl(f"{system.url}/api/orders/{order['id']}")
    assert status == 200
    assert json.loads(answer)["id"] == order["id"]


@pytest.mark.parametrize("path", ["/health", "/ready", "/livez", "/readyz", "/ready?verbose", "/version"])
def test_health_and_readiness_answer_200(system, path):
    status, _ = curl(system.url + path)
    assert status == 200
