CREATE TABLE transfers (
    id           TEXT    NOT NULL CONSTRAINT transfers_pkey PRIMARY KEY,
    from_account TEXT    NOT NULL,
    to_account   TEXT    NOT NULL,
    amount       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
