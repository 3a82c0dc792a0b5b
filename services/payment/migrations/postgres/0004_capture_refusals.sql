-- The key of the call that asked for the last capture, and the captures that the provider refused, one a line: key and reason.
-- So a call that is repeated gets the same refusal.
ALTER TABLE payments ADD COLUMN capture_key text NOT NULL DEFAULT '';
ALTER TABLE payments ADD COLUMN capture_refusals text NOT NULL DEFAULT '';
