-- Names fold by Unicode for the search now, where only ASCII folded before. What has other characters is folded again at the start
-- of the service, which sets `folding` to 1.
ALTER TABLE products ADD COLUMN folding bigint NOT NULL DEFAULT 1;
UPDATE products SET folding = 0 WHERE octet_length(name) <> length(name);
CREATE INDEX products_folding_idx ON products (id) WHERE folding < 1;
