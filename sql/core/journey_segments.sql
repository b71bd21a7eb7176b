-- One row per journey and segment, by number. A journey's cohort is here the period it starts in (where it is first at the
-- first stage or beyond), so that what comes into a stage within a cohort also goes out of it.
SELECT t.journey_no, v.value_no
FROM journey_traits AS t
JOIN segment_values AS v USING (segment, segment_value)

UNION ALL

SELECT r.journey_no, v.value_no
FROM reach_facts AS r
JOIN segment_values AS v ON v.segment = 'cohort' AND v.segment_value = r.cohort
WHERE r.stage_rank = 1
