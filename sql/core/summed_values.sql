-- One row per combination of segment values and value that its sums go into, by number. Combination 0 is what lies in no journey.
-- A journey's cohort is here the period it starts in.
SELECT DISTINCT t.combination, n.value_no
FROM combination_traits AS t
JOIN summed_names AS n USING (segment, segment_value)

UNION ALL

SELECT 0::UBIGINT AS combination, n.value_no
FROM summed_names AS n
WHERE n.segment = 'all' OR n.segment_value = '(unknown)'
