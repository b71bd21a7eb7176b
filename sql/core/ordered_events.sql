-- by: customer
-- One row per accepted event up to as_of in the total order of semantics.md. Row order is part of this table: every
-- later pass walks it once with streaming windows, and the check `ordered_events_in_order` guards it.
-- The final ORDER BY is not idle: a left join gives a chunk's unmatched rows after its matched ones.
-- ck: the customer's number; t: microseconds since 1970 (UTC); rid: the staged row; code: see event_codes.
WITH numbered AS (
    SELECT row_number() OVER () - 1 AS pos, ck, t, rid, code
    FROM sorted_events
)

SELECT n.ck, n.t, coalesce(x.rid, n.rid) AS rid, coalesce(x.code, n.code) AS code
FROM numbered AS n
LEFT JOIN tied_events AS x USING (pos)
ORDER BY n.pos
