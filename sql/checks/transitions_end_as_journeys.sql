-- Transitions to (completed), (dropped) and (open) are the journeys of that outcome; those to (dropped) count left_from.
WITH ends AS (
    SELECT to_stage, sum(transitions) AS n
    FROM transitions
    WHERE segment = 'all' AND to_stage IN ('(completed)', '(dropped)', '(open)')
    GROUP BY to_stage
),

outcomes AS (
    SELECT concat('(', outcome, ')') AS to_stage, count(*) AS n
    FROM journeys
    GROUP BY outcome
)

SELECT to_stage, e.n AS transitions, o.n AS journeys
FROM ends AS e
FULL JOIN outcomes AS o USING (to_stage)
WHERE e.n IS DISTINCT FROM o.n

UNION ALL

SELECT d.stage, t.transitions, d.left_from
FROM drop_off AS d
LEFT JOIN transitions AS t
    ON t.segment = d.segment AND t.segment_value = d.segment_value AND t.from_stage = d.stage AND t.to_stage = '(dropped)'
WHERE d.segment = 'all' AND coalesce(t.transitions, 0) <> d.left_from
