-- Who has changed what. A record without a position is not sealed yet. A sealed record is never changed, and its hash contains the
-- hash of the record before it, in the chain of its module.
CREATE TABLE audit_records (
    module       TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    recorded_at  INTEGER NOT NULL,
    actor_kind   TEXT    NOT NULL,
    actor_issuer TEXT    NOT NULL,
    actor_id     TEXT    NOT NULL,
    actor_roles  TEXT    NOT NULL,
    service      TEXT    NOT NULL,
    method       TEXT    NOT NULL,
    objects      TEXT    NOT NULL,
    address      TEXT    NOT NULL,
    trace_id     TEXT    NOT NULL,
    outcome      TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    position     INTEGER,
    hash         TEXT,
    CONSTRAINT audit_records_pkey PRIMARY KEY (module, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX audit_records_position_key ON audit_records (module, position);

-- The last record of each module's chain, and the last one that was removed because of its age. Both begin with position 0.
CREATE TABLE audit_chains (
    module           TEXT    NOT NULL CONSTRAINT audit_chains_pkey PRIMARY KEY,
    position         INTEGER NOT NULL,
    hash             TEXT    NOT NULL,
    removed_position INTEGER NOT NULL,
    removed_hash     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
