-- The table of adjustments becomes the journal of all changes of `on_hand`: stock that is sold and stock that is put back get their
-- lines here too. The defaults are those of the lines that are there, and of replicas of the version before.
ALTER TABLE stock_adjustments ADD COLUMN kind TEXT NOT NULL DEFAULT 'adjusted'
    CONSTRAINT stock_adjustments_kind_check CHECK (kind IN ('adjusted', 'sold', 'restocked'));
ALTER TABLE stock_adjustments ADD COLUMN order_id TEXT NOT NULL DEFAULT '';
ALTER TABLE stock_adjustments ADD COLUMN actor TEXT NOT NULL DEFAULT 'anonymous';
CREATE INDEX stock_adjustments_product_idx ON stock_adjustments (product_id, id);

-- A committed reservation whose stock was put back. It is a column beside the status, because a replica of the version before reads
-- the status, and because SQLite cannot change the constraint of a status.
ALTER TABLE reservations ADD COLUMN restocked INTEGER NOT NULL DEFAULT 0
    CONSTRAINT reservations_restocked_check CHECK (NOT restocked OR status = 'committed');
