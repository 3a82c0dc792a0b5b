-- Who has changed what. A record without a position is not sealed yet. A sealed record is never changed, and its hash contains the
-- hash of the record before it, in the chain of its module.
CREATE TABLE audit_records (
    module       text        NOT NULL,
    id           text        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor_kind   text        NOT NULL,
    actor_issuer text        NOT NULL,
    actor_id     text        NOT NULL,
    actor_roles  text        NOT NULL,
    service      text        NOT NULL,
    method       text        NOT NULL,
    objects      text        NOT NULL,
    address      text        NOT NULL,
    trace_id     text        NOT NULL,
    outcome      text        NOT NULL,
    reason       text        NOT NULL,
    position     bigint,
    hash         text,
    CONSTRAINT audit_records_pkey PRIMARY KEY (module, id)
);

CREATE UNIQUE INDEX audit_records_position_key ON audit_records (module, position);

-- The last record of each module's chain, and the last one that was removed because of its age. Both begin with position 0.
CREATE TABLE audit_chains (
    module           text        NOT NULL CONSTRAINT audit_chains_pkey PRIMARY KEY,
    position         bigint      NOT NULL,
    hash             text        NOT NULL,
    removed_position bigint      NOT NULL,
    removed_hash     text        NOT NULL
);
