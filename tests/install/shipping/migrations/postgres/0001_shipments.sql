CREATE TABLE shipments (
    id         text        NOT NULL CONSTRAINT shipments_pkey PRIMARY KEY,
    order_id   text        NOT NULL,
    carrier    text        NOT NULL,
    address    text        NOT NULL,
    status     text        NOT NULL CONSTRAINT shipments_status_check CHECK (status IN ('on_its_way', 'delivered')),
    tracking   text        NOT NULL,
    created_at timestamptz NOT NULL,
    version    bigint      NOT NULL
);

CREATE INDEX shipments_order_idx ON shipments (order_id, id);
-- An order has at most one shipment that is on its way.
CREATE UNIQUE INDEX shipments_order_on_its_way_key ON shipments (order_id) WHERE status = 'on_its_way';
