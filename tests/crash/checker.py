"""Compares what clients were told with what the databases say. It shares no code with the services: the rules are written anew
here, from docs and contract. Each function returns sentences, one for each broken promise."""

import collections
import json

from books import Books, unsettled

# What an order may have become after a client saw it in a status.
LATER = {
    "pending": {"pending", "confirmed", "fulfilled", "completed", "canceling", "canceled", "expired"},
    "confirmed": {"confirmed", "fulfilled", "completed", "canceling", "canceled"},
    "fulfilled": {"fulfilled", "completed"},
    "completed": {"completed"},
    "canceling": {"canceling", "canceled", "confirmed"},
    "canceled": {"canceled"},
    "expired": {"expired"},
}
SOLD = {"confirmed", "fulfilled", "completed"}
CHARGED = {"requires_capture", "succeeded"}


def check(books: Books, calls: list[dict]) -> list[str]:
    broken = [f"left under way: {what}" for what in unsettled(books)]
    for rule in (users, deliveries, orders_asked_for, orders_told, stock, reservations, payments, flows, timeline):
        broken += rule(books, calls)
    return broken


def of_kind(calls: list[dict], *kinds: str) -> list[dict]:
    return [call for call in calls if call["kind"] in kinds]


def done(calls: list[dict]) -> list[dict]:
    return [call for call in calls if call["told"] == "done"]


def once(what: str, calls: list[dict], stored: dict[str, int], name_of) -> list[str]:
    """Each call that was acknowledged is stored once, each refused one never, each open one at most once, and nothing else."""
    broken = []
    for call in calls:
        name = name_of(call)
        count = stored.pop(name, 0)
        if call["told"] == "done" and count == 0:
            broken.append(f"{what} {name} was acknowledged and is not stored")
        if call["told"] == "refused" and count > 0:
            broken.append(f"{what} {name} was refused and is stored")
        if count > 1:
            broken.append(f"{what} {name} was asked for once and is stored {count} times")
    return broken + [f"nobody asked for {what} {name}" for name in stored]


def users(books: Books, calls: list[dict]) -> list[str]:
    stored = collections.Counter(row["email"] for row in books["user.users"])
    ids = {row["email"]: row["id"] for row in books["user.users"]}
    asked = of_kind(calls, "user")
    broken = once("the user", asked, stored, lambda call: call["body"]["email"])
    for call in done(asked):
        if ids.get(call["body"]["email"]) != json.loads(call["answer"])["id"]:
            broken.append(f"the user {call['body']['email']} was acknowledged with another id")
    return broken


def deliveries(books: Books, calls: list[dict]) -> list[str]:
    rows = [row for row in books["catalog.stock_adjustments"] if row["reason"].startswith("delivery ")]
    stored = collections.Counter(f"{row['reason']} of {row['delta']} {row['product_id']}" for row in rows)
    return once("the", of_kind(calls, "deliver"), stored, lambda call: f"{call['body']['reason']} of {call['delta']} {call['product']}")


def lines_of(books: Books, table: str) -> dict[str, collections.Counter]:
    """By order: how many pieces of each product."""
    found = collections.defaultdict(collections.Counter)
    for row in books[table]:
        found[row["order_id"]][row["product_id"]] += row["quantity"]
    return found


def cart(user: str, pieces: collections.Counter) -> str:
    return f"{user}: " + ", ".join(f"{count} {product}" for product, count in sorted(pieces.items()))


def orders_asked_for(books: Books, calls: list[dict]) -> list[str]:
    """One key is one order. An order has no name of its own, so orders are counted by user and lines."""
    lines = lines_of(books, "order.order_lines")
    stored = collections.Counter(cart(row["user_id"], lines[row["id"]]) for row in books["order.orders"])
    least, most = collections.Counter(), collections.Counter()
    for call in of_kind(calls, "order"):
        pieces = collections.Counter({line["product_id"]: line["quantity"] for line in call["body"]["lines"]})
        name = cart(call["body"]["user_id"], pieces)
        least[name] += call["told"] == "done"
        most[name] += call["told"] != "refused"
    broken = [f"{count} orders of {name} are stored, and at most {most[name]} were asked for"
              for name, count in stored.items() if count > most[name]]  # fmt: skip
    return broken + [f"{count} orders of {name} were acknowledged, and {stored[name]} are stored"
                     for name, count in least.items() if count > stored[name]]  # fmt: skip


def orders_told(books: Books, calls: list[dict]) -> list[str]:
    """What a client saw of an order is still true, or something that may follow."""
    stored = {row["id"]: row for row in books["order.orders"]}
    broken = []
    for call in done(of_kind(calls, "order", "cancel", "pay", "fulfil", "complete")):
        told = json.loads(call["answer"])
        now = stored.get(told["id"])
        if now is None:
            broken.append(f"the order {told['id']} was acknowledged ({call['kind']}) and is not stored")
            continue
        seen, version = told["status"], int(told["version"])
        if now["status"] not in LATER[seen]:
            broken.append(f"the order {told['id']} was {seen} for a client ({call['kind']}) and is {now['status']}")
        if now["version"] < version or (now["version"] == version and now["status"] != seen):
            broken.append(f"the order {told['id']} was {seen} in version {version}, and is {now['status']} in {now['version']}")
        if now["total_minor"] != int(told["total"]["minor"]):
            broken.append(f"the order {told['id']} cost {told['total']['minor']} and costs {now['total_minor']}")
        if call["kind"] == "fulfil" and now["tracking"] != call["body"]["tracking"]:
            broken.append(f"the order {told['id']} was fulfilled with another tracking number")
    return broken


def is_restocked(reservation: dict) -> bool:
    return bool(reservation.get("restocked"))


def stock(books: Books, calls: list[dict]) -> list[str]:
    """Stock on hand is what was delivered, less what was sold, and what came back; what is reserved is held for orders."""
    lines = lines_of(books, "catalog.reservation_lines")
    reserved, sold = collections.Counter(), collections.Counter()
    for row in books["catalog.reservations"]:
        if row["status"] == "held":
            reserved.update(lines[row["order_id"]])
        if row["status"] == "committed" and not is_restocked(row):
            sold.update(lines[row["order_id"]])
    moved, delivered = collections.Counter(), collections.Counter()
    for row in books["catalog.stock_adjustments"]:
        moved[row["product_id"]] += row["delta"]
        delivered[row["product_id"]] += row["delta"] if row.get("kind", "adjusted") == "adjusted" else 0
    broken = []
    for row in books["catalog.stock"]:
        product, on_hand = row["product_id"], row["on_hand"]
        if on_hand != delivered[product] - sold[product]:
            broken.append(f"{product} has {on_hand} on hand: {delivered[product]} were delivered and {sold[product]} are sold")
        if on_hand != moved[product]:
            broken.append(f"{product} has {on_hand} on hand, and its journal adds up to {moved[product]}")
        if row["reserved"] != reserved[product]:
            broken.append(f"{product} has {row['reserved']} reserved, and {reserved[product]} are held for orders")
        if not 0 <= row["reserved"] <= on_hand:
            broken.append(f"{product} has {row['reserved']} reserved and {on_hand} on hand")
    return broken + journal_of_orders(books, lines)


def journal_of_orders(books: Books, lines: dict[str, collections.Counter]) -> list[str]:
    """An order's stock was sold once, and came back once if it was restocked."""
    told = collections.Counter()
    for row in books["catalog.stock_adjustments"]:
        if row.get("order_id"):
            told[row["kind"], row["order_id"], row["product_id"]] += row["delta"]
    wanted = collections.Counter()
    for row in books["catalog.reservations"]:
        for product, pieces in lines[row["order_id"]].items() if row["status"] == "committed" else ():
            wanted["sold", row["order_id"], product] = -pieces
            if is_restocked(row):
                wanted["restocked", row["order_id"], product] = pieces
    return [f"the journal says {told[key]} for {' '.join(key)}, and the reservation says {wanted[key]}"
            for key in sorted(set(told) | set(wanted)) if told[key] != wanted[key]]  # fmt: skip


def reservations(books: Books, calls: list[dict]) -> list[str]:
    """What an order's reservation may be, by the order's status."""
    kept = {row["order_id"]: "restocked" if is_restocked(row) else row["status"] for row in books["catalog.reservations"]}
    ordered, reserved = lines_of(books, "order.order_lines"), lines_of(books, "catalog.reservation_lines")
    allowed = {"pending": {"held", "expired"}, "canceled": {"released", "expired", "restocked"}, "expired": {"released", "expired"}}
    allowed |= {status: {"committed"} for status in SOLD}
    broken = []
    for order in books["order.orders"]:
        found = kept.get(order["id"], "missing")
        if order["status"] in allowed and found not in allowed[order["status"]]:
            broken.append(f"the order {order['id']} is {order['status']}, and its reservation is {found}")
        if found in ("held", "committed") and ordered[order["id"]] != reserved[order["id"]]:
            broken.append(f"the order {order['id']} has other lines than its reservation")
    known = {order["id"] for order in books["order.orders"]}
    return broken + [f"stock was sold to the order {order}, which is not stored"
                     for order, status in kept.items() if status == "committed" and order not in known]  # fmt: skip


def payments(books: Books, calls: list[dict]) -> list[str]:
    """A paid order has one captured payment of its total, an authorised one has one authorisation, and others have none."""
    by_order = collections.defaultdict(list)
    for row in books["payment.payments"]:
        by_order[row["order_id"]].append(row)
    broken = []
    for order in books["order.orders"]:
        charged = [row for row in by_order.pop(order["id"], []) if row["status"] in CHARGED]
        wanted = {"paid": ["succeeded"], "authorized": ["requires_capture"]}.get(order["payment_status"], [])
        if [row["status"] for row in charged] != wanted:
            found = [row["status"] for row in charged]
            broken.append(f"the order {order['id']} is {order['status']}, {order['payment_status']}, and its payments are {found}")
            continue
        for row in charged:
            captured = row["amount_minor"] if row["status"] == "succeeded" else 0
            if (row["amount_minor"], row["captured_minor"]) != (order["total_minor"], captured):
                broken.append(f"the payment {row['id']} is of another amount than the order {order['id']}")
            if row["id"] != order["payment_id"]:
                broken.append(f"the order {order['id']} names another payment than {row['id']}")
        if bool(charged) != (order["status"] in SOLD):
            broken.append(f"the order {order['id']} is {order['status']} and {order['payment_status']}")
    return broken + [f"the order {order}, which is not stored, has a payment" for order in by_order]


def flows(books: Books, calls: list[dict]) -> list[str]:
    """Every flow has ended, or is parked with a reason."""
    broken = []
    for flow in books["order.flows"]:
        if flow["state"] == "parked" and not flow["error_reason"]:
            broken.append(f"the flow {flow['id']} is parked without a reason")
        if flow["state"] not in ("done", "canceled", "parked"):
            broken.append(f"the flow {flow['id']} has not ended: it is {flow['state']}")
    return broken + [f"an event of {event['aggregate_id']} is dead: {event['error']}" for event in books["order.dead_events"]]


def timeline(books: Books, calls: list[dict]) -> list[str]:
    """Each order's events were applied once, none is missing at the end, and they are in order."""
    by_order = collections.defaultdict(list)
    for row in books["order.order_timeline"]:
        by_order[row["order_id"]].append(row)
    broken = []
    for order in books["order.orders"] if by_order else ():
        entries = sorted(by_order[order["id"]], key=lambda row: row["version"])
        if not entries or entries[0]["type"] != "order.created":
            broken.append(f"the timeline of the order {order['id']} does not begin with its creation")
            continue
        if entries[-1]["status"] != order["status"] or entries[-1]["version"] != order["version"]:
            last = f"{entries[-1]['status']} in version {entries[-1]['version']}"
            broken.append(f"the order {order['id']} is {order['status']} in version {order['version']}, its timeline says {last}")
        types = collections.Counter(row["type"] for row in entries)
        twice = [name for name in ("order.created", "order.paid", "order.canceled", "order.expired", "order.fulfilled",
                                   "order.completed") if types[name] > 1]  # fmt: skip
        broken += [f"the order {order['id']} has {name} twice" for name in twice]
        if any(one["at"] >= other["at"] for one, other in zip(entries, entries[1:])):
            broken.append(f"the timeline of the order {order['id']} is not in order")
    return broken
