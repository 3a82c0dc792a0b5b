"""Stores: what the databases, the pool, the cache and Redis do to a request's time."""

from generator.layout import Row
from generator.layout import dashboard as make
from generator.panels import OURS, Panel, Query, stat

OPERATION = "db_client_operation_duration_seconds"
SQL = f'{OURS},db_system_name!="redis"'
REDIS = f'{OURS},db_system_name="redis"'
STATEMENT = "{{service_name}}: {{db_query_summary}}"
POOL = "{{db_client_connection_pool_name}}"


def by_pool(metric: str) -> str:
    return f"sum by (db_client_connection_pool_name) ({metric}{{{OURS}}})"


def share_hit() -> str:
    """Of what was looked up. A user known not to exist is an answer as well."""
    asked = f'sum by (tw_cache_name) (rate(tw_cache_requests_total{{{OURS},tw_cache_outcome!="skipped"}}[$interval]))'
    hit = f'sum by (tw_cache_name) (rate(tw_cache_requests_total{{{OURS},tw_cache_outcome=~"hit|absent"}}[$interval]))'
    return f"{hit} / {asked}"


STATEMENTS = Row(
    "SQL",
    [
        Panel(
            "Statements",
            "Which statements run, and did that change?",
            [Query(f"sum by (service_name, db_query_summary) (rate({OPERATION}_count{{{SQL}}}[$interval]))", STATEMENT)],
            unit="ops",
            stacked=True,
        ),
        Panel(
            "Latency by statement, 99 %",
            "Which statement is the slow one? Each dot is a statement: click it, and go to its trace.",
            [
                Query(
                    f"histogram_quantile(0.99, sum by (le, service_name, db_query_summary) (rate({OPERATION}_bucket{{{SQL}}}[$interval])))",
                    STATEMENT,
                    exemplars=True,
                )
            ],
            unit="s",
            steps=[(None, "green"), (0.1, "red")],
        ),
        Panel(
            "Where the database's time goes",
            "Which statements are worth tuning? Seconds of waiting a second: rate times duration.",
            [Query(f"topk(10, sum by (service_name, db_query_summary) (rate({OPERATION}_sum{{{SQL}}}[$interval])))", STATEMENT)],
            unit="s",
            stacked=True,
        ),
        Panel(
            "Statements that failed",
            "What does the database refuse? ALREADY_EXISTS is a unique key at work; the SQLSTATE is in the span of the trace.",
            [
                Query(
                    "sum by (service_name, db_query_summary, error_type)"
                    f' (rate({OPERATION}_count{{{SQL},error_type!=""}}[$interval])) or on () vector(0)',
                    STATEMENT + " {{error_type}}",
                )
            ],
            unit="ops",
        ),
    ],
)

CONNECTIONS = Row(
    "Connections to PostgreSQL",
    [
        Panel(
            "Connections",
            "How many connections are there, and how many does a transaction hold?",
            [
                Query(
                    f"sum by (db_client_connection_pool_name, db_client_connection_state) (db_client_connection{{{OURS}}})",
                    POOL + " {{db_client_connection_state}}",
                )
            ],
        ),
        Panel(
            "Waiting for a connection",
            "Is the pool large enough? A few now and then are fine; always some means too few connections or transactions too long.",
            [
                Query(by_pool("db_client_connection_pending_requests"), POOL + " waiting"),
                Query(
                    f"sum by (db_client_connection_pool_name) (increase(db_client_connection_timeouts_total{{{OURS}}}[$interval]))",
                    POOL + " gave up",
                ),
            ],
            steps=[(None, "green"), (1, "red")],
        ),
        Panel(
            "Time waited for a connection, 99 %",
            "How much of a transaction's time is the wait for its connection?",
            [
                Query(
                    "histogram_quantile(0.99, sum by (le, db_client_connection_pool_name)"
                    f" (rate(db_client_connection_wait_time_seconds_bucket{{{OURS}}}[$interval])))",
                    POOL,
                )
            ],
            unit="s",
        ),
        Panel(
            "New connections",
            "Do connections live long? Each costs a process on the server and some milliseconds.",
            [
                Query(
                    f"sum by (db_client_connection_pool_name) (rate(db_client_connection_create_time_seconds_count{{{OURS}}}[$interval]))",
                    POOL,
                )
            ],
            unit="ops",
        ),
    ],
)

CACHE = Row(
    "Cache, limits and Redis",
    [
        stat(
            "Redis skipped",
            "Is Redis away? Loops that skip it, over all modules.",
            f'sum(tw_breaker_state{{{OURS},tw_breaker_name="redis"}}) or vector(0)',
            steps=[(None, "green"), (1, "red")],
            width=6,
        ),
        stat(
            "Found in the cache",
            "How many lookups does the cache answer? Below a half it hardly pays.",
            f"avg({share_hit()})",
            unit="percentunit",
            steps=[(None, "red"), (0.3, "yellow"), (0.6, "green")],
            width=6,
        ),
        stat(
            "Lookups that shared a load",
            "How many misses found somebody already at the database for the same row?",
            f"sum(rate(tw_cache_shared_loads_total{{{OURS}}}[$interval]))",
            unit="ops",
            width=6,
        ),
        stat(
            "Callers refused",
            "How many requests are turned away with 429 because their caller asks too often?",
            f'sum(rate(tw_limiter_decisions_total{{{OURS},tw_limiter_outcome="refused"}}[$interval])) or vector(0)',
            unit="reqps",
            steps=[(None, "green"), (1, "yellow")],
            width=6,
        ),
        Panel(
            "Lookups by outcome",
            "Is it the cache or its absence? Errors and skipped lookups go to the database.",
            [
                Query(
                    f"sum by (tw_cache_name, tw_cache_outcome) (rate(tw_cache_requests_total{{{OURS}}}[$interval]))",
                    "{{tw_cache_name}} {{tw_cache_outcome}}",
                )
            ],
            unit="ops",
            stacked=True,
        ),
        Panel(
            "Rows offered and taken back",
            "Does the cache get its rows, and does it hear of changes? Invalidations that fail leave an old row for its time to live.",
            [
                Query(f"sum by (tw_cache_outcome) (rate(tw_cache_fills_total{{{OURS}}}[$interval]))", "fill {{tw_cache_outcome}}"),
                Query(
                    f"sum by (tw_cache_outcome) (rate(tw_cache_invalidations_total{{{OURS}}}[$interval]))",
                    "invalidation {{tw_cache_outcome}}",
                ),
            ],
            unit="ops",
        ),
        Panel(
            "Latency of Redis, 99 %",
            "Is Redis quick? Beyond 10 ms it costs more than it spares. Each dot is a command: click it, and go to its trace.",
            [
                Query(
                    f"histogram_quantile(0.99, sum by (le, db_operation_name) (rate({OPERATION}_bucket{{{REDIS}}}[$interval])))",
                    "{{db_operation_name}}",
                    exemplars=True,
                )
            ],
            unit="s",
            steps=[(None, "green"), (0.01, "red")],
        ),
        Panel(
            "Decisions of the limiter",
            "Who is turned away, and is the limit common to all replicas (redis) or each process's own (local)?",
            [
                Query(
                    f"sum by (tw_limiter_source, tw_limiter_outcome) (rate(tw_limiter_decisions_total{{{OURS}}}[$interval]))",
                    "{{tw_limiter_source}} {{tw_limiter_outcome}}",
                )
            ],
            unit="reqps",
        ),
    ],
)


def dashboard() -> dict:
    return make("stores", "Stores", "SQL by statement, connections, cache, limits and Redis.", [STATEMENTS, CONNECTIONS, CACHE])
