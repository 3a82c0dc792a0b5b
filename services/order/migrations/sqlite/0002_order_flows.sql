-- The durable flow that is changing the order's payment; empty if there is none.
ALTER TABLE orders ADD COLUMN active_flow TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN payment_attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN capture TEXT NOT NULL DEFAULT ''
    CONSTRAINT orders_capture_check CHECK (capture IN ('', 'automatic', 'on_fulfilment'));
ALTER TABLE orders ADD COLUMN tracking TEXT NOT NULL DEFAULT '';

-- Orders that may expire.
CREATE INDEX orders_expiry_idx ON orders (expires_at) WHERE status = 'pending' AND active_flow = '';

-- What has happened to orders, as their events told it.
CREATE TABLE order_timeline (
    order_id       TEXT    NOT NULL,
    version        INTEGER NOT NULL,
    type           TEXT    NOT NULL,
    at             INTEGER NOT NULL,
    actor          TEXT    NOT NULL,
    status         TEXT    NOT NULL,
    payment_status TEXT    NOT NULL,
    payment_id     TEXT    NOT NULL,
    reason         TEXT    NOT NULL,
    trace_id       TEXT    NOT NULL,
    CONSTRAINT order_timeline_pkey PRIMARY KEY (order_id, version)
) STRICT, WITHOUT ROWID;
