-- One row per combination of segment values that journeys have, and segment: its value. `journey_combinations` says which a journey
-- has, so that any table with a journey_id can be divided as the tables by segment are. A cohort is here the period in which the
-- journey starts.
SELECT combination, segment, segment_value
FROM combination_traits
ORDER BY combination, segment
