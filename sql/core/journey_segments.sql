-- materialized: view
-- One row per journey and segment, by number. A journey's cohort is here the period it starts in (where it is first at the
-- first stage or beyond), so that what comes into a stage within a cohort also goes out of it.
SELECT j.journey_no, v.value_no
FROM journey_traits AS j
JOIN combination_traits AS t USING (combination)
JOIN segment_values AS v USING (segment, segment_value)
