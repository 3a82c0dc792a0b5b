CREATE TABLE flows (
    id           TEXT    NOT NULL CONSTRAINT flows_pkey PRIMARY KEY,
    kind         TEXT    NOT NULL,
    version      INTEGER NOT NULL,
    state        TEXT    NOT NULL CONSTRAINT flows_state_check CHECK (state IN ('running', 'waiting', 'parked', 'done', 'canceled')),
    -- When a replica may take the flow: at the end of the lease of a running flow, at the time for which a waiting flow waits.
    -- NULL for a flow that no replica may take.
    due_at       INTEGER,
    -- Grows whenever a replica takes the flow. A replica writes only while the number is the one that it took the flow with.
    fence        INTEGER NOT NULL,
    owner        TEXT    NOT NULL,
    attempts     INTEGER NOT NULL,
    signals      INTEGER NOT NULL,
    input        TEXT    NOT NULL,
    result       TEXT    NOT NULL,
    error_code   INTEGER NOT NULL,
    error_reason TEXT    NOT NULL,
    error_detail TEXT    NOT NULL,
    traceparent  TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    done_at      INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX flows_due_idx ON flows (kind, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX flows_open_idx ON flows (kind, state, created_at) WHERE state IN ('running', 'waiting', 'parked');
CREATE INDEX flows_done_idx ON flows (done_at) WHERE done_at IS NOT NULL;

-- What the steps of a flow have answered.
CREATE TABLE flow_steps (
    flow_id      TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    position     INTEGER NOT NULL,
    answer       TEXT    NOT NULL,
    error_code   INTEGER NOT NULL,
    error_reason TEXT    NOT NULL,
    error_detail TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    CONSTRAINT flow_steps_pkey PRIMARY KEY (flow_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE flow_signals (
    flow_id    TEXT    NOT NULL CONSTRAINT flow_signals_flow_fkey REFERENCES flows (id),
    name       TEXT    NOT NULL,
    payload    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT flow_signals_pkey PRIMARY KEY (flow_id, name)
) STRICT, WITHOUT ROWID;
