CREATE TABLE payments (
    id               text        NOT NULL CONSTRAINT payments_pkey PRIMARY KEY,
    order_id         text        NOT NULL,
    attempt          bigint      NOT NULL,
    user_id          text        NOT NULL,
    currency         text        NOT NULL,
    amount_minor     bigint      NOT NULL CONSTRAINT payments_amount_check CHECK (amount_minor > 0),
    capturable_minor bigint      NOT NULL CONSTRAINT payments_capturable_check CHECK (capturable_minor >= 0),
    captured_minor   bigint      NOT NULL CONSTRAINT payments_captured_check CHECK (captured_minor >= 0),
    refunded_minor   bigint      NOT NULL,
    status           text        NOT NULL CONSTRAINT payments_status_check
                             CHECK (status IN ('requires_confirmation', 'requires_action', 'processing', 'requires_capture',
                                               'succeeded', 'canceled', 'conflicted')),
    capture_method   text        NOT NULL CONSTRAINT payments_capture_method_check CHECK (capture_method IN ('automatic', 'manual')),
    provider         text        NOT NULL,
    provider_ref     text        NOT NULL,
    last_error       text        NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    version          bigint      NOT NULL,
    CONSTRAINT payments_authorized_check CHECK (capturable_minor + captured_minor <= amount_minor),
    CONSTRAINT payments_refunded_check CHECK (refunded_minor >= 0 AND refunded_minor <= captured_minor)
);

-- However often and from wherever an attempt is made, it is one payment.
CREATE UNIQUE INDEX payments_order_attempt_key ON payments (order_id, attempt);
