-- One row per number of the map's values and stage: what drop_off says of it.
SELECT DISTINCT ON (m.value_no, d.stage_rank)
    m.value_no, d.stage_rank, d.customers, d.advanced, d.mature_advanced, d.mature_dropped, d.drop_off_rate, d.rate_low, d.rate_high,
    d.median_seconds_to_advance
FROM map_values AS m
JOIN summed_names AS n USING (value_no)
JOIN drop_off AS d ON d.segment = n.segment AND d.segment_value = n.segment_value
WHERE n.segment <> 'cohort'
