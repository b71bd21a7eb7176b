-- by: customer
-- One row per ordered event, in the same order, with the stage that it evidences: its kind's plain rules, or what the
-- customer's history says (`sequence_evidence`). A table of its own because windows stream over a table and not over a join.
WITH numbered AS (
    SELECT row_number() OVER () - 1 AS pos, ck, t, rid, code
    FROM ordered_events
)

SELECT
    e.ck, e.t, e.rid, e.code,
    coalesce(s.stage_rank, (e.code & 31)::INTEGER) AS evidence,
    coalesce(s.kept.back, (e.code >> 5) & 1 = 1) AS sets,
    s.kept.rule_no AS sequence_rule,
    (e.code >> 6) & 1 = 1 OR s.stage_rank IS NOT NULL AS engaged,
    (e.code >> 7) & 1 = 1 AS lost
FROM numbered AS e
LEFT JOIN sequence_evidence AS s USING (pos)
ORDER BY e.pos
