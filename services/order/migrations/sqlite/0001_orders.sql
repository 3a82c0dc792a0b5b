CREATE TABLE orders (
    id             TEXT    NOT NULL CONSTRAINT orders_pkey PRIMARY KEY,
    user_id        TEXT    NOT NULL,
    status         TEXT    NOT NULL CONSTRAINT orders_status_check
                           CHECK (status IN ('pending', 'confirmed', 'fulfilled', 'completed', 'canceling', 'canceled', 'expired')),
    line_count     INTEGER NOT NULL CONSTRAINT orders_line_count_check CHECK (line_count > 0),
    currency       TEXT    NOT NULL,
    subtotal_minor INTEGER NOT NULL,
    shipping_minor INTEGER NOT NULL,
    tax_minor      INTEGER NOT NULL,
    total_minor    INTEGER NOT NULL,
    payment_id     TEXT    NOT NULL,
    payment_status TEXT    NOT NULL CONSTRAINT orders_payment_status_check
                           CHECK (payment_status IN ('none', 'processing', 'authorized', 'paid', 'partially_refunded', 'refunded', 'failed')),
    reason         TEXT    NOT NULL,
    expires_at     INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    CONSTRAINT orders_total_check CHECK (total_minor = subtotal_minor + shipping_minor + tax_minor)
) STRICT, WITHOUT ROWID;

CREATE INDEX orders_user_idx ON orders (user_id, id);

-- What was bought, as it was called and priced then: the catalogue may change, an order may not.
CREATE TABLE order_lines (
    order_id         TEXT    NOT NULL CONSTRAINT order_lines_order_fkey REFERENCES orders (id),
    line_no          INTEGER NOT NULL,
    product_id       TEXT    NOT NULL,
    name             TEXT    NOT NULL,
    unit_price_minor INTEGER NOT NULL,
    quantity         INTEGER NOT NULL CONSTRAINT order_lines_quantity_check CHECK (quantity > 0),
    CONSTRAINT order_lines_pkey PRIMARY KEY (order_id, line_no)
) STRICT, WITHOUT ROWID;
