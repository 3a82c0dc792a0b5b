"""`tradewind flows` and /flows: durable flows of a running program are listed, shown, retried and canceled. The flows that stand
still are rows that this file writes; their kind is one that nobody runs, so that they stay as they are."""

import json
import sqlite3

import httpx
import pytest

from harness.process import Process, run
from harness.shop import create_order, create_product, create_user, done

TRACE = "0af7651916cd43dd8448eb211c80319c"
COLUMNS = (
    "id, kind, version, state, due_at, fence, owner, attempts, signals, input, result, error_code, error_reason, error_detail,"
    " traceparent, created_at, done_at"
)
INSERT_FLOW = f"INSERT INTO flows ({COLUMNS}) VALUES (?, 'test.flow', 1, ?, NULL, 1, 'order-1', 3, 0, 'tok_input', '', ?, ?, ?, ?, ?, NULL)"
INSERT_STEP = (
    "INSERT INTO flow_steps (flow_id, name, position, answer, error_code, error_reason, error_detail, created_at)"
    " VALUES ('flow/1', 'reserve', 0, 'tok_answer', 0, '', '', 1700000000000001)"
)


@pytest.fixture
def shop(tmp_path):
    """A running tradewind whose order service has the parked flows flow/1 and flow/2, and the waiting flow flow/3."""
    data = tmp_path / "data"
    assert run("migrate", "--data", data, folder=tmp_path).returncode == 0
    with sqlite3.connect(data / "order.sqlite") as database:
        for number, state in ((3, "waiting"), (2, "parked"), (1, "parked")):
            error = (14, "AWAY", 'step "charge": the provider is away') if state == "parked" else (0, "", "")
            made = 1_700_000_000_000_000 + number
            database.execute(INSERT_FLOW, (f"flow/{number}", state, *error, f"00-{TRACE}-b7ad6b7169203331-01", made))
        database.execute(INSERT_STEP)
    database.close()
    process = Process("up", ["up", "--ports", "auto", "--data", str(data)], tmp_path)
    try:
        yield process.wait_ready()
        process.stop()
    finally:
        process.kill()


@pytest.fixture
def flows(shop, tmp_path):
    def command(*words):
        return run("flows", *words, "--ops", shop.ready["ops"], folder=tmp_path)

    return command


def listed(flows, *words) -> list[str]:
    answer = flows("list", "--json", *words)
    assert answer.returncode == 0, answer.stderr
    return [flow["id"] for flow in json.loads(answer.stdout)["flows"]]


def test_open_flows_are_listed_with_the_parked_ones_first(flows):
    assert listed(flows) == ["flow/1", "flow/2", "flow/3"]
    assert listed(flows, "--state", "parked", "--module", "order") == ["flow/1", "flow/2"]
    assert listed(flows, "--kind", "other") == []
    head, first, *_ = flows("list", "--state", "parked").stdout.splitlines()
    assert head.split() == ["STATE", "MODULE", "KIND", "ID", "ATTEMPTS", "SINCE", "ERROR"]
    assert first.split()[:5] == ["parked", "order", "test.flow", "flow/1", "3"]
    assert first.endswith('AWAY: step "charge": the provider is away')


def test_a_long_list_is_continued(flows):
    first = json.loads(flows("list", "--json", "--page-size", "2").stdout)
    assert [flow["id"] for flow in first["flows"]] == ["flow/1", "flow/2"]
    assert listed(flows, "--page-token", first["next_page_token"]) == ["flow/3"]


def test_a_flow_is_shown_with_its_steps_and_without_business_data(flows):
    shown = flows("show", "flow/1")
    assert shown.returncode == 0
    for part in ("test.flow, version 1", "parked", TRACE, "AWAY", "reserve"):
        assert part in shown.stdout
    everything = shown.stdout + flows("show", "flow/1", "--json").stdout + flows("list", "--json").stdout
    assert "tok_" not in everything


def test_a_flow_is_retried_and_canceled_and_both_are_logged(shop, flows):
    assert flows("retry", "flow/1").stdout == "flow/1 is waiting now\n"
    assert flows("cancel", "flow/2").stdout == "flow/2 is stopped; it is canceled once its module has ended it\n"
    assert listed(flows, "--state", "parked") == []
    again = flows("cancel", "flow/2")
    assert again.returncode == 1
    assert "the flow flow/2 is waiting; only a flow that has not ended can be canceled, and only once" in again.stderr
    # No program knows the kind of this flow.
    assert flows("cancel", "flow/2", "--force").stdout == "flow/2 is canceled now\n"
    shop.stop()
    logged = {(one["event_name"], one["attributes"]["tw.flow.id"]) for one in shop.log_records() if one["event_name"].startswith("flow.")}
    assert logged == {("flow.retried", "flow/1"), ("flow.canceled", "flow/2")}


def test_the_flow_of_a_paid_order_is_among_those_that_have_ended(shop, flows):
    with httpx.Client(base_url=f"http://{shop.ready['http']}", timeout=30, trust_env=False) as http:
        order = create_order(http, create_user(http)["id"], create_product(http, stock=3)["id"], 1)
        done(http.post(f"/api/orders/{order['id']}/pay", json={"payment_token": "tok_ok"}))
    ended = json.loads(flows("list", "--json", "--state", "done").stdout)["flows"]
    assert [flow["kind"] for flow in ended] == ["order.pay"]
    assert order["id"] in ended[0]["id"]
    steps = json.loads(flows("show", ended[0]["id"], "--json").stdout)["steps"]
    assert steps and {step["outcome"] for step in steps} == {"done"}


def test_wrong_words_are_refused_with_a_message_and_an_exit_code(flows, tmp_path):
    for words, code, part in (
        (("list", "--state", "lost"), 64, "state must be running, waiting, parked, done or canceled"),
        (("list", "--page-size", "501"), 64, "page_size must be 1 to 500"),
        (("list", "--module", "user"), 1, "modules with durable flows here: order"),
        (("show", "nobody"), 1, "no flow"),
        (("retry",), 64, "ID"),
    ):
        answer = flows(*words)
        assert (answer.returncode, part in answer.stderr) == (code, True), answer
    nobody = run("flows", "list", "--ops", "127.0.0.1:1", folder=tmp_path)
    assert nobody.returncode == 69


def test_a_page_of_another_web_site_can_change_nothing(shop, flows):
    url = f"http://{shop.ready['ops']}/flows"
    body = {"action": "cancel", "id": "flow/1"}
    refused = httpx.post(url, json=body, trust_env=False)
    assert (refused.status_code, refused.json()["code"]) == (403, "OPERATOR_HEADER")
    assert "flow/1" in listed(flows)
