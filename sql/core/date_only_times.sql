-- One row per customer and moment that stands for a whole day: date-only events are ordered as the last microsecond of
-- their local day and shown as its beginning.
SELECT DISTINCT o.ck, o.t, e.occurred_at
FROM ordered_events AS o
JOIN staged_rows AS e USING (rid)
WHERE (o.code >> 17) & 1 = 1
