CREATE TABLE products (
    id          text        NOT NULL CONSTRAINT products_pkey PRIMARY KEY,
    name        text        NOT NULL,
    name_folded text        NOT NULL,
    description text        NOT NULL,
    price_minor bigint      NOT NULL CONSTRAINT products_price_check CHECK (price_minor > 0),
    currency    text        NOT NULL,
    status      text        NOT NULL CONSTRAINT products_status_check CHECK (status IN ('draft', 'active', 'archived')),
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    version     bigint      NOT NULL
);

-- Apart from the products, because orders write here and merchants there.
CREATE TABLE stock (
    product_id text        NOT NULL CONSTRAINT stock_pkey PRIMARY KEY
                       CONSTRAINT stock_product_fkey REFERENCES products (id),
    on_hand    bigint      NOT NULL,
    reserved   bigint      NOT NULL,
    -- The last line of defence against overselling; the statements' own conditions come before it.
    CONSTRAINT stock_reserved_check CHECK (reserved >= 0 AND reserved <= on_hand)
);

CREATE TABLE stock_adjustments (
    id         text        NOT NULL CONSTRAINT stock_adjustments_pkey PRIMARY KEY,
    product_id text        NOT NULL CONSTRAINT stock_adjustments_product_fkey REFERENCES products (id),
    delta      bigint      NOT NULL,
    reason     text        NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE reservations (
    order_id   text        NOT NULL CONSTRAINT reservations_pkey PRIMARY KEY,
    status     text        NOT NULL CONSTRAINT reservations_status_check
                       CHECK (status IN ('held', 'committed', 'released', 'expired')),
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- For the sweep of holds that have expired: only what is held can.
CREATE INDEX reservations_held_idx ON reservations (expires_at) WHERE status = 'held';

CREATE TABLE reservation_lines (
    order_id         text        NOT NULL CONSTRAINT reservation_lines_order_fkey REFERENCES reservations (order_id),
    line_no          bigint      NOT NULL,
    product_id       text        NOT NULL CONSTRAINT reservation_lines_product_fkey REFERENCES products (id),
    name             text        NOT NULL,
    unit_price_minor bigint      NOT NULL,
    currency         text        NOT NULL,
    quantity         bigint      NOT NULL CONSTRAINT reservation_lines_quantity_check CHECK (quantity > 0),
    CONSTRAINT reservation_lines_pkey PRIMARY KEY (order_id, line_no)
);
