-- The durable flow that is changing the order's payment; empty if there is none.
ALTER TABLE orders ADD COLUMN active_flow text NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN payment_attempts bigint NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN capture text NOT NULL DEFAULT ''
    CONSTRAINT orders_capture_check CHECK (capture IN ('', 'automatic', 'on_fulfilment'));
ALTER TABLE orders ADD COLUMN tracking text NOT NULL DEFAULT '';

-- Orders that may expire.
CREATE INDEX orders_expiry_idx ON orders (expires_at) WHERE status = 'pending' AND active_flow = '';

-- What has happened to orders, as their events told it.
CREATE TABLE order_timeline (
    order_id       text        NOT NULL,
    version        bigint      NOT NULL,
    type           text        NOT NULL,
    at             timestamptz NOT NULL,
    actor          text        NOT NULL,
    status         text        NOT NULL,
    payment_status text        NOT NULL,
    payment_id     text        NOT NULL,
    reason         text        NOT NULL,
    trace_id       text        NOT NULL,
    CONSTRAINT order_timeline_pkey PRIMARY KEY (order_id, version)
);
