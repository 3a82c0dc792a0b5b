CREATE TABLE idempotency_keys (
    -- SHA-256 of caller, method and key.
    id          text        NOT NULL CONSTRAINT idempotency_keys_pkey PRIMARY KEY,
    -- SHA-256 of the request.
    fingerprint text        NOT NULL,
    answer      text        NOT NULL,
    created_at  timestamptz NOT NULL
);

CREATE INDEX idempotency_keys_created_idx ON idempotency_keys (created_at);
