-- An order is charged by one attempt at a time, and once it is paid by no other: `charging` says of a payment that money may
-- have moved for it, or may be about to. Orders that were charged several times before keep all their payments; only the first
-- of those counts here.
ALTER TABLE payments ADD COLUMN charging boolean NOT NULL DEFAULT false;
UPDATE payments SET charging = true
    WHERE status IN ('requires_action', 'processing', 'requires_capture', 'succeeded', 'conflicted')
        AND NOT EXISTS (SELECT 1 FROM payments earlier
                        WHERE earlier.order_id = payments.order_id AND earlier.attempt < payments.attempt
                            AND earlier.status IN ('requires_action', 'processing', 'requires_capture', 'succeeded', 'conflicted'));
CREATE UNIQUE INDEX payments_order_charging_key ON payments (order_id) WHERE charging;

-- SHA-256 of the token that was submitted last, so that the repetition of a call is told from another one; empty: none, or not
-- known.
ALTER TABLE payments ADD COLUMN token_hash text NOT NULL DEFAULT '';
