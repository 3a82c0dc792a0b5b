-- The rows in caches that the call has changed, one a line: version and key in base64. Repeated calls tell the caches again.
ALTER TABLE idempotency_keys ADD COLUMN changed_rows text NOT NULL DEFAULT '';
