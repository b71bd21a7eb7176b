-- One row per segment and value, numbered: tables by segment are summed by this number and named at the end, because
-- grouping millions of rows by two texts costs several times the sums themselves.
WITH found AS (
    SELECT DISTINCT segment, segment_value FROM journey_traits
    UNION
    SELECT DISTINCT c.segment, r.cohort FROM reach_facts AS r JOIN config_segments AS c ON c.segment = 'cohort'
    UNION
    SELECT 'all', 'all'
)

SELECT
    row_number() OVER (ORDER BY segment, segment_value ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)::INTEGER AS value_no,
    segment,
    segment_value
FROM found
