-- What the provider is being asked for, stored before it is asked: '', 'capture' or 'void'. The status stays 'requires_capture'.
ALTER TABLE payments ADD COLUMN under_way text NOT NULL DEFAULT ''
    CONSTRAINT payments_under_way_check CHECK (under_way = '' OR (under_way IN ('capture', 'void') AND status = 'requires_capture'));
ALTER TABLE payments ADD COLUMN cancel_reason text NOT NULL DEFAULT '';

-- When the reconciler asks the provider again, and how often it has asked since the payment was changed.
ALTER TABLE payments ADD COLUMN next_reconcile_at timestamptz NOT NULL DEFAULT '1970-01-01 00:00:00+00';
ALTER TABLE payments ADD COLUMN reconcile_attempts bigint NOT NULL DEFAULT 0;
CREATE INDEX payments_unsettled_idx ON payments (next_reconcile_at) WHERE status = 'processing' OR under_way <> '';
