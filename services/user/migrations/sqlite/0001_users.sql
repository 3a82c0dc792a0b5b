CREATE TABLE users (
    id           TEXT    NOT NULL CONSTRAINT users_pkey PRIMARY KEY,
    email        TEXT    NOT NULL,
    email_folded TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    status       TEXT    NOT NULL CONSTRAINT users_status_check CHECK (status IN ('active', 'suspended', 'erased')),
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    version      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Two requests with the same address may arrive at once: only this index can say which was first.
CREATE UNIQUE INDEX users_email_folded_key ON users (email_folded);
