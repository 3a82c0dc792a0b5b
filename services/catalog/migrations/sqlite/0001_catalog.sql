CREATE TABLE products (
    id          TEXT    NOT NULL CONSTRAINT products_pkey PRIMARY KEY,
    name        TEXT    NOT NULL,
    name_folded TEXT    NOT NULL,
    description TEXT    NOT NULL,
    price_minor INTEGER NOT NULL CONSTRAINT products_price_check CHECK (price_minor > 0),
    currency    TEXT    NOT NULL,
    status      TEXT    NOT NULL CONSTRAINT products_status_check CHECK (status IN ('draft', 'active', 'archived')),
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Apart from the products, because orders write here and merchants there.
CREATE TABLE stock (
    product_id TEXT    NOT NULL CONSTRAINT stock_pkey PRIMARY KEY
                       CONSTRAINT stock_product_fkey REFERENCES products (id),
    on_hand    INTEGER NOT NULL,
    reserved   INTEGER NOT NULL,
    -- The last line of defence against overselling; the statements' own conditions come before it.
    CONSTRAINT stock_reserved_check CHECK (reserved >= 0 AND reserved <= on_hand)
) STRICT, WITHOUT ROWID;

CREATE TABLE stock_adjustments (
    id         TEXT    NOT NULL CONSTRAINT stock_adjustments_pkey PRIMARY KEY,
    product_id TEXT    NOT NULL CONSTRAINT stock_adjustments_product_fkey REFERENCES products (id),
    delta      INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE reservations (
    order_id   TEXT    NOT NULL CONSTRAINT reservations_pkey PRIMARY KEY,
    status     TEXT    NOT NULL CONSTRAINT reservations_status_check
                       CHECK (status IN ('held', 'committed', 'released', 'expired')),
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- For the sweep of holds that have expired: only what is held can.
CREATE INDEX reservations_held_idx ON reservations (expires_at) WHERE status = 'held';

CREATE TABLE reservation_lines (
    order_id         TEXT    NOT NULL CONSTRAINT reservation_lines_order_fkey REFERENCES reservations (order_id),
    line_no          INTEGER NOT NULL,
    product_id       TEXT    NOT NULL CONSTRAINT reservation_lines_product_fkey REFERENCES products (id),
    name             TEXT    NOT NULL,
    unit_price_minor INTEGER NOT NULL,
    currency         TEXT    NOT NULL,
    quantity         INTEGER NOT NULL CONSTRAINT reservation_lines_quantity_check CHECK (quantity > 0),
    CONSTRAINT reservation_lines_pkey PRIMARY KEY (order_id, line_no)
) STRICT, WITHOUT ROWID;
