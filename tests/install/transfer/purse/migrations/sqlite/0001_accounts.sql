CREATE TABLE accounts (
    id      TEXT    NOT NULL CONSTRAINT accounts_pkey PRIMARY KEY,
    balance INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO accounts (id, balance) VALUES ('alice', 100), ('bob', 100);

-- What was done, so that it is done once for each key.
CREATE TABLE moves (
    key     TEXT    NOT NULL CONSTRAINT moves_pkey PRIMARY KEY,
    account TEXT    NOT NULL,
    amount  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
