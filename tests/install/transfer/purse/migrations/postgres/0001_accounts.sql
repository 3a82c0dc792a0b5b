CREATE TABLE accounts (
    id      text   NOT NULL CONSTRAINT accounts_pkey PRIMARY KEY,
    balance bigint NOT NULL
);

INSERT INTO accounts (id, balance) VALUES ('alice', 100), ('bob', 100);

-- What was done, so that it is done once for each key.
CREATE TABLE moves (
    key     text   NOT NULL CONSTRAINT moves_pkey PRIMARY KEY,
    account text   NOT NULL,
    amount  bigint NOT NULL
);
