-- For every stage: visits = incoming = outgoing transitions, in the whole and within each segment.
WITH incoming AS (
    SELECT segment, segment_value, to_stage AS stage, sum(transitions) AS n
    FROM transitions
    WHERE to_stage NOT IN ('(completed)', '(dropped)', '(open)')
    GROUP BY ALL
),

outgoing AS (
    SELECT segment, segment_value, from_stage AS stage, sum(transitions) AS n
    FROM transitions
    WHERE from_stage <> '(start)'
    GROUP BY ALL
),

of_visits AS (
    SELECT stage, count(*) AS n
    FROM stage_visits
    GROUP BY stage
)

SELECT segment, segment_value, stage, i.n AS incoming, o.n AS outgoing, CASE WHEN segment = 'all' THEN v.n END AS visits
FROM incoming AS i
FULL JOIN outgoing AS o USING (segment, segment_value, stage)
LEFT JOIN of_visits AS v USING (stage)
WHERE i.n IS DISTINCT FROM o.n OR (segment = 'all' AND i.n IS DISTINCT FROM v.n)
