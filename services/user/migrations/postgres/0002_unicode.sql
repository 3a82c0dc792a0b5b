-- E-mail addresses fold by Unicode now, where only ASCII folded before: `folding` says by which rules a row was, and what was folded
-- by earlier ones is folded again at the start of the service. ASCII is the same by both.
ALTER TABLE users ADD COLUMN folding bigint NOT NULL DEFAULT 0;
UPDATE users SET folding = 1 WHERE octet_length(email) = length(email);
CREATE INDEX users_folding_idx ON users (id) WHERE folding < 1;
