-- One row per combination of segment values and value to sum it in, by number. A journey's cohort is here the period it starts
-- in, so that what comes into a stage within a cohort also goes out of it.
SELECT DISTINCT t.combination, v.same_as AS value_no, v.segment = 'cohort' AND v.same_as = v.value_no AS is_cohort
FROM combination_traits AS t
JOIN segment_values AS v USING (segment, segment_value)
