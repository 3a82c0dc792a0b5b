CREATE TABLE flows (
    id           text        NOT NULL CONSTRAINT flows_pkey PRIMARY KEY,
    kind         text        NOT NULL,
    version      bigint      NOT NULL,
    state        text        NOT NULL CONSTRAINT flows_state_check CHECK (state IN ('running', 'waiting', 'parked', 'done', 'canceled')),
    -- When a replica may take the flow: at the end of the lease of a running flow, at the time for which a waiting flow waits.
    -- NULL for a flow that no replica may take.
    due_at       timestamptz,
    -- Grows whenever a replica takes the flow. A replica writes only while the number is the one that it took the flow with.
    fence        bigint      NOT NULL,
    owner        text        NOT NULL,
    attempts     bigint      NOT NULL,
    signals      bigint      NOT NULL,
    input        text        NOT NULL,
    result       text        NOT NULL,
    error_code   bigint      NOT NULL,
    error_reason text        NOT NULL,
    error_detail text        NOT NULL,
    traceparent  text        NOT NULL,
    created_at   timestamptz NOT NULL,
    done_at      timestamptz
);

CREATE INDEX flows_due_idx ON flows (kind, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX flows_open_idx ON flows (kind, state, created_at) WHERE state IN ('running', 'waiting', 'parked');
CREATE INDEX flows_done_idx ON flows (done_at) WHERE done_at IS NOT NULL;

-- What the steps of a flow have answered.
CREATE TABLE flow_steps (
    flow_id      text        NOT NULL,
    name         text        NOT NULL,
    position     bigint      NOT NULL,
    answer       text        NOT NULL,
    error_code   bigint      NOT NULL,
    error_reason text        NOT NULL,
    error_detail text        NOT NULL,
    created_at   timestamptz NOT NULL,
    CONSTRAINT flow_steps_pkey PRIMARY KEY (flow_id, name)
);

CREATE TABLE flow_signals (
    flow_id    text        NOT NULL CONSTRAINT flow_signals_flow_fkey REFERENCES flows (id),
    name       text        NOT NULL,
    payload    text        NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT flow_signals_pkey PRIMARY KEY (flow_id, name)
);
