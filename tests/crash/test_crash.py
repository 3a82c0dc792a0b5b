"""The whole product under load while processes are killed and paused and PostgreSQL is restarted."""

import collections
import random
import threading
import time

import httpx

import books
import checker
from cluster import Cluster
from customers import PRODUCTS, Client, pay_is_offered
from faults import Saboteur, plan
from journal import Journal

CLIENTS = 6
QUIET_SECONDS_MAX = 60
REPLAYS_MAX = 200


def stock_the_shop(url: str, journal: Journal):
    """Few pieces of each product, so that some orders find nothing left."""
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
        for product in PRODUCTS:
            made = {"id": product, "name": f"Product {product}", "price": {"minor": 1250, "currency": "EUR"}, "status": "active"}
            assert http.post("/api/products", json=made).status_code == 200
            body = {"delta": 40, "reason": f"delivery first {product}"}
            call = journal.ask(kind="deliver", path="", body=body, client=-1, product=product, delta=40)
            answer = http.post(f"/api/products/{product}/stock", json=body)
            assert answer.status_code == 200, answer.text
            journal.tell(call, "done", answer=answer.text)


def load(cluster: Cluster, journal: Journal, seed: int, seconds: int) -> Saboteur:
    """Clients and faults for so long. Faults end first, so that clients can learn what became of their calls."""
    with httpx.Client(base_url=cluster.url, timeout=30, trust_env=False) as http:
        paying = pay_is_offered(http)
    over = threading.Event()
    clients = [Client(number, seed, cluster.url, journal, paying, over) for number in range(CLIENTS)]
    saboteur = Saboteur(cluster, plan(random.Random(f"{seed}/faults"), list(cluster.members), seconds))
    for thread in (*clients, saboteur):
        thread.start()
    time.sleep(seconds)
    saboteur.end()
    cluster.wait_until_ready(30)
    over.set()
    for client in clients:
        client.join()
        assert client.error is None, client.error
    return saboteur


def replay(url: str, calls: list[dict], rng: random.Random) -> list[str]:
    """The same key again has the same answer, byte for byte."""
    keyed = [call for call in calls if call["told"] == "done" and "key" in call]
    broken = []
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
        for call in rng.sample(keyed, min(len(keyed), REPLAYS_MAX)):
            again = http.post(call["path"], json=call["body"], headers={"Idempotency-Key": call["key"]})
            if (again.status_code, again.text, again.headers.get("idempotent-replayed")) != (200, call["answer"], "true"):
                broken.append(f"the key {call['key']} has another answer now: {again.status_code} {again.text}")
    return broken


def counted(names) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(collections.Counter(names).items())) or "none"


def summary(found: books.Books, journal: Journal, saboteur: Saboteur) -> str:
    """What was tried, and what came of it, so that a reader sees that the run was worth something."""
    lines = {
        "faults": counted(fault.kind for fault in saboteur.done),
        "calls": counted(f"{call['kind']} {call['told']}" for call in journal.calls),
        "orders": counted(f"{row['status']} {row['payment_status']}" for row in found["order.orders"]),
        "payments": counted(row["status"] for row in found["payment.payments"]),
        "reservations": counted(row["status"] for row in found["catalog.reservations"]),
        "flows": counted(f"{row['kind']} {row['state']}" for row in found["order.flows"]),
        "events": counted(row["type"] for row in found["order.order_timeline"]),
    }
    return "\n".join(f"{name}: {text}" for name, text in lines.items())


def test_nothing_is_lost_and_nothing_happens_twice(tmp_path, seed, seconds, capsys):
    cluster = Cluster(tmp_path)
    journal = Journal(tmp_path / "journal.jsonl")
    try:
        cluster.start()
        stock_the_shop(cluster.url, journal)
        saboteur = load(cluster, journal, seed, seconds)
        found, left = books.wait_until_quiet(cluster.postgres, QUIET_SECONDS_MAX)
        with capsys.disabled():
            print(f"\n{summary(found, journal, saboteur)}")
        broken = checker.check(found, journal.calls) + replay(cluster.url, journal.calls, random.Random(seed))
        assert not broken, "\n".join([f"{len(broken)} promises were broken; journal: {tmp_path}/journal.jsonl", *broken[:50]])
        assert any(call["told"] == "done" for call in journal.calls if call["kind"] == "order")
        assert saboteur.done
    finally:
        cluster.close()
