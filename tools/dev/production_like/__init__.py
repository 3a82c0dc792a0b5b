"""The topology of deploy/compose on one machine, without containers: five processes of Tradewind, PostgreSQL, Redis, and what keeps
the telemetry. `./dev up --production-like` is its command line; tests/deploy uses the same classes. Python's standard library alone."""
