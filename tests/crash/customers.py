"""Clients over HTTP. Each repeats a call with the same key until it has an answer, and notes what it was told."""

import json
import random
import threading
import time

import httpx

from journal import Journal

PRODUCTS = tuple(f"crash-{number}" for number in range(6))
TOKENS = ("tok_ok", "tok_ok", "tok_ok", "tok_declined", "tok_insufficient_funds", "tok_timeout_then_ok", "tok_timeout_then_declined")
CALL_SECONDS_MAX = 12
GIVE_UP_SECONDS = 25
PAUSE_SECONDS = (0.05, 0.4)


def pay_is_offered(http: httpx.Client) -> bool:
    return "/api/orders/{id}/pay" in http.get("/openapi.json").json()["paths"]


class Client(threading.Thread):
    def __init__(self, number: int, seed: int, url: str, journal: Journal, paying: bool, over: threading.Event):
        super().__init__(daemon=True)
        self._rng = random.Random(f"{seed}/client/{number}")
        self._number = number
        self._url = url
        self._journal = journal
        self._paying = paying
        self._over = over
        self._keys = 0
        self._user = ""
        self._reused = 0
        self.error: Exception | None = None

    def run(self):
        try:
            with httpx.Client(base_url=self._url, timeout=CALL_SECONDS_MAX, trust_env=False) as self._http:
                while not self._over.is_set():
                    self._visit()
        except Exception as error:  # noqa: BLE001: the main thread reports it
            self.error = error

    def _visit(self):
        """One customer's way through the shop, or a delivery."""
        if self._rng.random() < 0.15:
            return self._deliver()
        if not self._user or self._rng.random() < 0.3:
            self._user = self._create_user()
        order = self._create_order() if self._user else None
        if order is None:
            return
        way = self._rng.choice(("leave", "cancel", "pay", "pay", "pay", "pay"))
        if way == "cancel" or (way == "pay" and not self._paying):
            self._cancel(order)
        elif way == "pay":
            self._pay_and_go_on(order)

    def _pay_and_go_on(self, order: str):
        capture = self._rng.choice(("automatic", "on_fulfilment"))
        paid = None
        for _ in range(3):
            paid = self._pay(order, capture)
            if paid != "declined":
                break
        then = self._rng.choice(("nothing", "cancel", "fulfil", "fulfil", "fulfil"))
        if then == "cancel":
            self._cancel(order)
        elif then == "fulfil" and paid == "done":
            fulfilled = self._send("fulfil", f"/api/orders/{order}/fulfil", {"tracking": f"parcel {order}"}, order=order)
            if fulfilled is not None and self._rng.random() < 0.7:
                self._send("complete", f"/api/orders/{order}/complete", {}, order=order)

    def _deliver(self):
        product = self._rng.choice(PRODUCTS)
        delta = self._rng.randint(1, 20)
        key = self._key()
        body = {"delta": delta, "reason": f"delivery {key}"}
        self._send("deliver", f"/api/products/{product}/stock", body, key=key, product=product, delta=delta)

    def _create_user(self) -> str:
        key = self._key()
        made = self._send("user", "/api/users", {"email": f"{key}@example.com", "name": f"Customer {key}"}, key=key)
        return made["id"] if made else ""

    def _create_order(self) -> str | None:
        lines = [{"product_id": product, "quantity": self._rng.randint(1, 3)}
                 for product in self._rng.sample(PRODUCTS, self._rng.randint(1, 3))]  # fmt: skip
        made = self._send("order", "/api/orders", {"user_id": self._user, "lines": lines}, key=self._key())
        return made["id"] if made else None

    def _cancel(self, order: str):
        self._send("cancel", f"/api/orders/{order}/cancel", {"reason": "changed my mind"}, order=order)

    def _pay(self, order: str, capture: str) -> str:
        token = self._rng.choice(TOKENS)
        call = self._call("pay", f"/api/orders/{order}/pay", {"payment_token": token, "capture": capture}, order=order)
        return "declined" if call.get("code") == "PAYMENT_DECLINED" else call["told"]

    def _key(self) -> str:
        self._keys += 1
        return f"client-{self._number}-{self._keys}"

    def _send(self, kind: str, path: str, body: dict, **more) -> dict | None:
        call = self._call(kind, path, body, **more)
        return json.loads(call["answer"]) if call["told"] == "done" else None

    def _call(self, kind: str, path: str, body: dict, **more) -> dict:
        call = self._journal.ask(kind=kind, path=path, body=body, client=self._number, **more)
        headers = {"Idempotency-Key": more["key"]} if "key" in more else {}
        give_up = time.monotonic() + GIVE_UP_SECONDS
        lost = False  # an earlier attempt may have done it, or may do it later, so a refusal of this one says nothing
        while True:
            try:
                answer = self._http.post(path, json=body, headers=headers)
            except httpx.HTTPError:
                answer = None
            told, more = read(answer)
            if told != "again" or time.monotonic() > give_up or (self._over.is_set() and answer is None):
                break
            lost = True
            time.sleep(self._rng.uniform(*PAUSE_SECONDS))
        unknown = told == "again" or (told == "refused" and lost)
        self._journal.tell(call, "open" if unknown else told, **more)
        return call


def read(answer: httpx.Response | None) -> tuple[str, dict]:
    """What an answer tells: done, refused, or that the client has to ask again."""
    if answer is None:
        return "again", {}
    if answer.status_code == 200:
        return "done", {"status": 200, "answer": answer.text}
    problem = answer.json() if answer.headers.get("content-type", "").startswith("application/problem") else {}
    more = {"status": answer.status_code, "code": problem.get("code", ""), "detail": problem.get("detail", "")}
    again = answer.status_code >= 500 or answer.status_code in (408, 429, 499) or problem.get("retryable", False)
    return ("again" if again else "refused"), more
