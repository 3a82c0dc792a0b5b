CREATE TABLE idempotency_keys (
    -- SHA-256 of caller, method and key.
    id          TEXT    NOT NULL CONSTRAINT idempotency_keys_pkey PRIMARY KEY,
    -- SHA-256 of the request.
    fingerprint TEXT    NOT NULL,
    answer      TEXT    NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_created_idx ON idempotency_keys (created_at);
