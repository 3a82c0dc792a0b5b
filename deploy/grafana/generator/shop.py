"""Shop: does business go as it should."""

from generator.layout import Row
from generator.layout import dashboard as make
from generator.panels import OURS, Panel, Query, stat

HTTP = "http_server_request_duration_seconds"
CHECKOUT = f'{OURS},http_request_method="POST",http_route=~"/api/orders|/api/payments"'


def in_range(metric: str) -> str:
    return f"sum(increase({metric}{{{OURS}}}[$__range]))"


def a_minute(metric: str, by: str = "") -> str:
    grouping = f" by ({by})" if by else ""
    return f"60 * sum{grouping} (rate({metric}{{{OURS}}}[$interval]))"


# Nobody was declined yet: the series comes with the first.
DECLINED = f"({in_range('shop_payments_declined_total')} or vector(0))"

SALES = Row(
    "Orders",
    [
        stat("Orders", "How many orders were placed in the time shown?", in_range("shop_orders_created_total"), width=6),
        stat("Items reserved", "How many items were reserved in the time shown?", in_range("shop_stock_reserved_total"), width=6),
        stat("Payments authorised", "How many were authorised in the time shown?", in_range("shop_payments_authorized_total"), width=6),
        stat(
            "Payments declined",
            "Which share of the payments was declined in the time shown? Some always are; a jump is the provider's or ours.",
            f"{DECLINED} / ({DECLINED} + {in_range('shop_payments_authorized_total')})",
            unit="percentunit",
            steps=[(None, "green"), (0.2, "yellow"), (0.5, "red")],
            width=6,
        ),
        Panel("Orders a minute", "Do orders come as usual?", [Query(a_minute("shop_orders_created_total"), "orders")]),
        Panel(
            "Value ordered, by currency",
            "What are the orders of the time shown worth? In minor units (cents), which not every currency has a hundred of.",
            [Query(f"sum by (shop_currency) (increase(shop_orders_value_total{{{OURS}}}[$__range]))", "{{shop_currency}}")],
        ),
    ],
)

PAYMENTS = Row(
    "Payments and stock",
    [
        Panel(
            "Payments a minute",
            "Are payments authorised, and why are the others declined?",
            [
                Query(a_minute("shop_payments_authorized_total"), "authorised"),
                Query(a_minute("shop_payments_declined_total", "error_type") + " or on () vector(0)", "declined: {{error_type}}"),
            ],
        ),
        Panel(
            "Payments without an outcome",
            "Does the provider answer? A payment whose outcome is not known is asked about again, 10 seconds later for the first time.",
            [Query(f"max(shop_payments_unsettled{{{OURS}}})", "payments")],
        ),
        Panel(
            "Items reserved a minute",
            "Is stock reserved at the rate of the orders? Far more than is ordered means orders that fail after their reservation.",
            [Query(a_minute("shop_stock_reserved_total"), "items")],
        ),
        Panel(
            "Latency of ordering and paying, 99 %",
            "Does checkout keep customers waiting? Each dot is a request: click it, and go to its trace.",
            [
                Query(
                    f"histogram_quantile(0.99, sum by (le, http_route) (rate({HTTP}_bucket{{{CHECKOUT}}}[$interval])))",
                    "{{http_route}}",
                    exemplars=True,
                )
            ],
            unit="s",
            steps=[(None, "green"), (0.25, "red")],
        ),
        Panel(
            "Answers to ordering and paying",
            "Which orders and payments are refused, and with which status? 400 and 409 are the customer's, 5xx ours.",
            [
                Query(
                    f"sum by (http_route, http_response_status_code) (rate({HTTP}_count{{{CHECKOUT}}}[$interval]))",
                    "{{http_route}} {{http_response_status_code}}",
                )
            ],
            unit="reqps",
            stacked=True,
        ),
    ],
)


def dashboard() -> dict:
    return make("shop", "Shop", "Orders, their value, payments and stock, as the services count them.", [SALES, PAYMENTS])
