CREATE TABLE users (
    id           text        NOT NULL CONSTRAINT users_pkey PRIMARY KEY,
    email        text        NOT NULL,
    email_folded text        NOT NULL,
    name         text        NOT NULL,
    status       text        NOT NULL CONSTRAINT users_status_check CHECK (status IN ('active', 'suspended', 'erased')),
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    version      bigint      NOT NULL
);

-- Two requests with the same address may arrive at once: only this index can say which was first.
CREATE UNIQUE INDEX users_email_folded_key ON users (email_folded);
