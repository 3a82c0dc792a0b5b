CREATE TABLE payments (
    id               TEXT    NOT NULL CONSTRAINT payments_pkey PRIMARY KEY,
    order_id         TEXT    NOT NULL,
    attempt          INTEGER NOT NULL,
    user_id          TEXT    NOT NULL,
    currency         TEXT    NOT NULL,
    amount_minor     INTEGER NOT NULL CONSTRAINT payments_amount_check CHECK (amount_minor > 0),
    capturable_minor INTEGER NOT NULL CONSTRAINT payments_capturable_check CHECK (capturable_minor >= 0),
    captured_minor   INTEGER NOT NULL CONSTRAINT payments_captured_check CHECK (captured_minor >= 0),
    refunded_minor   INTEGER NOT NULL,
    status           TEXT    NOT NULL CONSTRAINT payments_status_check
                             CHECK (status IN ('requires_confirmation', 'requires_action', 'processing', 'requires_capture',
                                               'succeeded', 'canceled', 'conflicted')),
    capture_method   TEXT    NOT NULL CONSTRAINT payments_capture_method_check CHECK (capture_method IN ('automatic', 'manual')),
    provider         TEXT    NOT NULL,
    provider_ref     TEXT    NOT NULL,
    last_error       TEXT    NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    CONSTRAINT payments_authorized_check CHECK (capturable_minor + captured_minor <= amount_minor),
    CONSTRAINT payments_refunded_check CHECK (refunded_minor >= 0 AND refunded_minor <= captured_minor)
) STRICT, WITHOUT ROWID;

-- However often and from wherever an attempt is made, it is one payment.
CREATE UNIQUE INDEX payments_order_attempt_key ON payments (order_id, attempt);
