-- by: customer
-- One row per customer and moment that stands for a whole day: date-only events are ordered as the last microsecond of
-- their local day and shown as its beginning. Days of two time zones may end together and begin apart (a change of
-- clocks), hence the minimum: one row, so that joining here never multiplies.
SELECT o.ck, o.t, min(e.occurred_at) AS occurred_at
FROM (SELECT rid, occurred_at FROM staged_rows WHERE flags IS NOT NULL) AS e
JOIN (SELECT ck, t, rid FROM ordered_events WHERE (code >> 17) & 1 = 1) AS o USING (rid)
GROUP BY o.ck, o.t
