-- Events that were written with their change and are not published yet. The relay of `module` publishes them: several modules may
-- share a database.
CREATE TABLE outbox (
    id           TEXT    NOT NULL CONSTRAINT outbox_pkey PRIMARY KEY,
    module       TEXT    NOT NULL,
    partition    INTEGER NOT NULL,
    stream       TEXT    NOT NULL,
    type         TEXT    NOT NULL,
    aggregate_id TEXT    NOT NULL,
    payload      TEXT    NOT NULL,
    traceparent  TEXT    NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_partition_idx ON outbox (module, partition, created_at, id);

-- Which replica publishes the events of a partition of a module.
CREATE TABLE outbox_leases (
    module    TEXT    NOT NULL,
    partition INTEGER NOT NULL,
    owner     TEXT    NOT NULL,
    fence     INTEGER NOT NULL,
    until     INTEGER NOT NULL,
    CONSTRAINT outbox_leases_pkey PRIMARY KEY (module, partition)
) STRICT, WITHOUT ROWID;

-- Events that a consumer has applied.
CREATE TABLE inbox (
    event_id   TEXT    NOT NULL,
    consumer   TEXT    NOT NULL,
    applied_at INTEGER NOT NULL,
    CONSTRAINT inbox_pkey PRIMARY KEY (event_id, consumer)
) STRICT, WITHOUT ROWID;

CREATE INDEX inbox_applied_idx ON inbox (applied_at);

-- Events that a consumer of `module` could not apply.
CREATE TABLE dead_events (
    event_id     TEXT    NOT NULL,
    consumer     TEXT    NOT NULL,
    module       TEXT    NOT NULL,
    stream       TEXT    NOT NULL,
    type         TEXT    NOT NULL,
    aggregate_id TEXT    NOT NULL,
    payload      TEXT    NOT NULL,
    traceparent  TEXT    NOT NULL,
    error        TEXT    NOT NULL,
    died_at      INTEGER NOT NULL,
    CONSTRAINT dead_events_pkey PRIMARY KEY (event_id, consumer)
) STRICT, WITHOUT ROWID;

CREATE INDEX dead_events_died_idx ON dead_events (died_at);
