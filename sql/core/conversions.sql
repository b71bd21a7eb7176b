-- by: customer
-- One row per conversion event up to as_of, numbered within its customer: what the KPIs of orders and buyers count.
WITH found AS (
    SELECT p.ck, p.pos, p.journey_no, epoch_us(e.ordered_at) AS t, e.value
    FROM staged_rows AS e
    JOIN (SELECT rid, ck, pos, journey_no FROM event_places WHERE (code >> 12) & 1 = 1) AS p USING (rid)
)

SELECT *, row_number() OVER (PARTITION BY ck ORDER BY pos ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS conversion_number
FROM found
