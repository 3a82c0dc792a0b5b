"""What customers do all day, good and bad, so that every series has something to tell."""

import threading
import uuid

import httpx
from harness.shop import create_order, create_product, create_user, done, new_email

NOBODY = "01a20000-0000-7000-8000-000000000000"


def shop_once(http: httpx.Client):
    user = create_user(http)
    done(http.patch(f"/api/users/{user['id']}", json={"name": "Alice B."}))
    for _ in range(2):
        done(http.get(f"/api/users/{user['id']}"))
    done(http.get("/api/users", params={"page_size": 5}))
    bought = create_product(http, stock=3)
    done(http.get("/api/products", params={"page_size": 5}))
    order = create_order(http, user["id"], bought["id"], quantity=2)
    done(http.get(f"/api/orders/{order['id']}"))
    done(http.get("/api/orders", params={"user_id": user["id"]}))
    payment = {"order_id": order["id"], "user_id": user["id"], "amount": order["total"]}
    paid = done(http.post("/api/payments", json=payment | {"payment_token": "tok_ok"}))
    done(http.get(f"/api/payments/{paid['id']}"))
    regretted = create_order(http, user["id"])
    done(http.post(f"/api/orders/{regretted['id']}/cancel", json={"reason": "changed my mind"}))


def go_wrong_once(http: httpx.Client):
    """One of each kind of refusal."""
    user = create_user(http)
    asked = [
        (404, "GET", f"/api/users/{NOBODY}", None),
        (404, "GET", "/no/such/route", None),
        (400, "POST", "/api/users", {"email": "none", "name": ""}),
        (409, "POST", "/api/users", {"email": user["email"], "name": "Alice"}),
    ]
    for status, method, path, body in asked:
        answer = http.request(method, path, json=body)
        assert answer.status_code == status, (path, answer.status_code, answer.text)
    nobodys = http.post("/api/orders", json={"user_id": NOBODY, "product_id": "prod-123", "quantity": 1})
    assert 400 <= nobodys.status_code < 500, nobodys.text
    order = create_order(http, user["id"])
    declined = {"order_id": order["id"], "user_id": user["id"], "amount": order["total"], "payment_token": "tok_declined"}
    done(http.post("/api/payments", json=declined | {"order_id": str(uuid.uuid4())}))
    create_user(http, email=new_email())


class Customers:
    """A few of them at the same time, until the end of the `with`; what went wrong with them is raised there."""

    def __init__(self, client: httpx.Client, count: int = 2):
        self._http = client
        self._enough = threading.Event()
        self._faults: list[Exception] = []
        self._threads = [threading.Thread(target=self._run) for _ in range(count)]

    def _run(self):
        try:
            while not self._enough.wait(0.1):
                shop_once(self._http)
                go_wrong_once(self._http)
        except (AssertionError, httpx.HTTPError) as fault:
            self._faults.append(fault)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._enough.set()
        for thread in self._threads:
            thread.join()
        if self._faults:
            raise self._faults[0]
