"""The running topology as the cases see it: its API, and the query APIs of Jaeger, Prometheus and Loki. It is started by the classes of
./dev up --production-like; the flow and the reading of spans come from tests/peers, the product's client from tests/e2e."""
