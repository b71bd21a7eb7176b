-- by: customer
-- One row per accepted event up to as_of, in the order of customer and time: the one sort of the whole pipeline.
-- Only narrow integer keys are sorted (sorting the text columns along costs five times as much). Events of one customer
-- at one microsecond stand in the order they were read; `ordered_events` puts those few right.
SELECT ck, t, rid, code
FROM customer_rows
WHERE NOT is_later
ORDER BY ck, t, rid, code
