CREATE TABLE transfers (
    id           text   NOT NULL CONSTRAINT transfers_pkey PRIMARY KEY,
    from_account text   NOT NULL,
    to_account   text   NOT NULL,
    amount       bigint NOT NULL
);
