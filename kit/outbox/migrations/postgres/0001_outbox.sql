-- Events that were written with their change and are not published yet. The relay of `module` publishes them: several modules may
-- share a database.
CREATE TABLE outbox (
    id           text        NOT NULL CONSTRAINT outbox_pkey PRIMARY KEY,
    module       text        NOT NULL,
    partition    bigint      NOT NULL,
    stream       text        NOT NULL,
    type         text        NOT NULL,
    aggregate_id text        NOT NULL,
    payload      text        NOT NULL,
    traceparent  text        NOT NULL,
    created_at   timestamptz NOT NULL
);

CREATE INDEX outbox_partition_idx ON outbox (module, partition, created_at, id);

-- Which replica publishes the events of a partition of a module.
CREATE TABLE outbox_leases (
    module       text        NOT NULL,
    partition    bigint      NOT NULL,
    owner        text        NOT NULL,
    fence        bigint      NOT NULL,
    until        timestamptz NOT NULL,
    CONSTRAINT outbox_leases_pkey PRIMARY KEY (module, partition)
);

-- Events that a consumer has applied.
CREATE TABLE inbox (
    event_id     text        NOT NULL,
    consumer     text        NOT NULL,
    applied_at   timestamptz NOT NULL,
    CONSTRAINT inbox_pkey PRIMARY KEY (event_id, consumer)
);

CREATE INDEX inbox_applied_idx ON inbox (applied_at);

-- Events that a consumer of `module` could not apply.
CREATE TABLE dead_events (
    event_id     text        NOT NULL,
    consumer     text        NOT NULL,
    module       text        NOT NULL,
    stream       text        NOT NULL,
    type         text        NOT NULL,
    aggregate_id text        NOT NULL,
    payload      text        NOT NULL,
    traceparent  text        NOT NULL,
    error        text        NOT NULL,
    died_at      timestamptz NOT NULL,
    CONSTRAINT dead_events_pkey PRIMARY KEY (event_id, consumer)
);

CREATE INDEX dead_events_died_idx ON dead_events (died_at);
