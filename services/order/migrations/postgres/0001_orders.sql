CREATE TABLE orders (
    id             text        NOT NULL CONSTRAINT orders_pkey PRIMARY KEY,
    user_id        text        NOT NULL,
    status         text        NOT NULL CONSTRAINT orders_status_check
                           CHECK (status IN ('pending', 'confirmed', 'fulfilled', 'completed', 'canceling', 'canceled', 'expired')),
    line_count     bigint      NOT NULL CONSTRAINT orders_line_count_check CHECK (line_count > 0),
    currency       text        NOT NULL,
    subtotal_minor bigint      NOT NULL,
    shipping_minor bigint      NOT NULL,
    tax_minor      bigint      NOT NULL,
    total_minor    bigint      NOT NULL,
    payment_id     text        NOT NULL,
    payment_status text        NOT NULL CONSTRAINT orders_payment_status_check
                           CHECK (payment_status IN ('none', 'processing', 'authorized', 'paid', 'partially_refunded', 'refunded', 'failed')),
    reason         text        NOT NULL,
    expires_at     timestamptz NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    version        bigint      NOT NULL,
    CONSTRAINT orders_total_check CHECK (total_minor = subtotal_minor + shipping_minor + tax_minor)
);

CREATE INDEX orders_user_idx ON orders (user_id, id);

-- What was bought, as it was called and priced then: the catalogue may change, an order may not.
CREATE TABLE order_lines (
    order_id         text        NOT NULL CONSTRAINT order_lines_order_fkey REFERENCES orders (id),
    line_no          bigint      NOT NULL,
    product_id       text        NOT NULL,
    name             text        NOT NULL,
    unit_price_minor bigint      NOT NULL,
    quantity         bigint      NOT NULL CONSTRAINT order_lines_quantity_check CHECK (quantity > 0),
    CONSTRAINT order_lines_pkey PRIMARY KEY (order_id, line_no)
);
