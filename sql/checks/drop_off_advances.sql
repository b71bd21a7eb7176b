-- advanced(S) = reached(next S). A cohort is the period of entry into each stage, so there the next stage's row holds
-- other journeys; it is checked for all other segments.
SELECT d.segment, d.segment_value, d.stage, d.advanced, n.reached AS next_reached
FROM drop_off AS d
JOIN drop_off AS n ON n.segment = d.segment AND n.segment_value = d.segment_value AND n.stage_rank = d.stage_rank + 1
WHERE d.segment <> 'cohort'
  AND d.advanced <> n.reached
