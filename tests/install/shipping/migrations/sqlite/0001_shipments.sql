CREATE TABLE shipments (
    id         TEXT    NOT NULL CONSTRAINT shipments_pkey PRIMARY KEY,
    order_id   TEXT    NOT NULL,
    carrier    TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    status     TEXT    NOT NULL CONSTRAINT shipments_status_check CHECK (status IN ('on_its_way', 'delivered')),
    tracking   TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    version    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX shipments_order_idx ON shipments (order_id, id);
-- An order has at most one shipment that is on its way.
CREATE UNIQUE INDEX shipments_order_on_its_way_key ON shipments (order_id) WHERE status = 'on_its_way';
