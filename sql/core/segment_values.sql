-- One row per segment and value, numbered: tables by segment are summed by this number and named at the end, because
-- grouping millions of rows by two texts costs several times the sums themselves.
-- same_as: a segment with one value only has the same journeys as the whole, so it is summed as that.
WITH found AS (
    SELECT DISTINCT segment, segment_value FROM combination_traits
    UNION
    SELECT DISTINCT c.segment, r.cohort FROM reach_facts AS r JOIN config_segments AS c ON c.segment = 'cohort'
    UNION
    SELECT 'all', 'all'
),

numbered AS (
    SELECT
        row_number() OVER (ORDER BY segment, segment_value ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)::INTEGER AS value_no,
        segment,
        segment_value,
        count(*) OVER (PARTITION BY segment) AS values_of_segment
    FROM found
)

SELECT
    n.value_no,
    n.segment,
    n.segment_value,
    CASE WHEN n.values_of_segment = 1 THEN a.value_no ELSE n.value_no END AS same_as
FROM numbered AS n
CROSS JOIN (SELECT value_no FROM numbered WHERE segment = 'all') AS a
