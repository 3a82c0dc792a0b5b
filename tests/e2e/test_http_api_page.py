"""docs/reference/http-api.md is what /openapi.json says, and its examples work in the order of the page."""

import json
import re
import subprocess
import sys
import uuid

import pytest

from harness.process import ROOT
from harness.shop import create_order, create_user, done
from harness.system import ONE

sys.path.insert(0, str(ROOT / "tools/dev"))
import http_api_page  # noqa: E402

PAGE = (ROOT / http_api_page.PAGE).read_text()
EXAMPLE = re.compile(r"^### [^\n]+\n\n`(\w+) (\S+)`\n.*?^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The order of the examples: what is read or canceled is made before, and an order is paid before it is canceled.
STEPS = ["POST /api/users", "POST /api/products", "POST /api/products/{id}/stock", "POST /api/orders", "POST /api/payments"]
LAST = "POST /api/orders/{id}/cancel"
# What happens to an order that nobody has paid.
PAID = [f"POST /api/orders/{{id}}/{step}" for step in ("pay", "fulfil", "complete")]
# A stream ends by itself only when nothing more can happen to the order.
WATCH = "GET /api/orders/{id}/events"
# The variables that the page names, and whose answers they have the id of.
VARIABLES = {"POST /api/users": "USER_ID", "POST /api/orders": "ORDER_ID", "POST /api/payments": "PAYMENT_ID"}

pytestmark = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")


def test_the_page_is_made_of_the_document(http):
    assert PAGE == http_api_page.page(done(http.get("/openapi.json"))), "beside ./dev up: python3 tools/dev/http_api_page.py http://127.0.0.1:8080"


def test_each_operation_has_an_example(http):
    operations = http_api_page.Document(done(http.get("/openapi.json"))).operations
    assert {operation["operationId"] for _, _, operation in operations} == http_api_page.EXAMPLES.keys()


def run(command: str, address: str, variables: dict[str, str]) -> str:
    command = command.replace("http://127.0.0.1:8080", address).replace("curl -s ", "curl -s --show-error --fail-with-body --noproxy '*' ")
    result = subprocess.run(["bash", "-c", command], env={"PATH": "/usr/bin:/bin"} | variables, capture_output=True, text=True, timeout=30)
    assert result.returncode == 0, (command, result.stdout, result.stderr)
    return result.stdout


def test_the_examples_work(new_system):
    system = new_system()
    examples = {f"{method} {path}": command for method, path, command in EXAMPLE.findall(PAGE)}
    between = [name for name in examples if name not in [*STEPS, *PAID, LAST, WATCH]]
    with system.client() as http:
        ids = {"order_id": str(uuid.uuid4()), "user_id": str(uuid.uuid4())}
        open_payment = done(http.post("/api/payments", json=ids | {"amount": {"minor": 1, "currency": "EUR"}}))
        open_order = create_order(http, create_user(http)["id"])
    variables = {"OPEN_PAYMENT_ID": open_payment["id"], "OPEN_ORDER_ID": open_order["id"]}
    for name in [*STEPS, *PAID, *between, LAST]:
        answer = json.loads(run(examples[name], system.url, variables))
        if name in VARIABLES:
            variables[VARIABLES[name]] = answer["id"]
    assert answer["status"] == "canceled"
    assert '"status":"canceled"' in run(examples[WATCH], system.url, variables)
