-- One row per segment and value that sums over journeys are told for, with the number they are summed by. A segment with one
-- value is summed as the whole, and shares its number.
-- A session that begins in no journey, and a conversion in none (a lost event where none is under way), stand in the whole and
-- under `(unknown)`; where there are any, no segment is the whole.
WITH outside AS (
    SELECT
        EXISTS (SELECT 1 FROM session_ends AS s WHERE s.entry_journey_no IS NULL)
        OR EXISTS (SELECT 1 FROM conversions AS c WHERE c.journey_no IS NULL) AS found
),

of_journeys AS (
    SELECT v.segment, v.segment_value, CASE WHEN o.found THEN v.value_no ELSE v.same_as END AS value_no
    FROM segment_values AS v
    CROSS JOIN outside AS o
    WHERE v.segment = 'all' OR EXISTS (
        SELECT 1 FROM combination_traits AS t WHERE t.segment = v.segment AND t.segment_value = v.segment_value
    )
)

SELECT segment, segment_value, value_no
FROM of_journeys

UNION ALL

SELECT c.segment, '(unknown)' AS segment_value, (-row_number() OVER (ORDER BY c.segment))::INTEGER AS value_no
FROM config_segments AS c
CROSS JOIN outside AS o
WHERE o.found
  AND c.segment <> 'all'
  AND NOT EXISTS (SELECT 1 FROM of_journeys AS v WHERE v.segment = c.segment AND v.segment_value = '(unknown)')
