-- Progress follows journeys of the drop-off table: within a segment's value and stage never more, and over all of the first
-- stage exactly those whose start was observed.
WITH followed AS (
    SELECT segment, segment_value, stage_rank, sum(advanced) AS advanced, sum(dropped) AS dropped, max(at_risk) AS journeys
    FROM stage_progress
    GROUP BY ALL
)

SELECT d.segment, d.segment_value, d.stage_rank, d.reached, d.advanced, d.dropped, f.journeys
FROM followed AS f
JOIN drop_off AS d USING (segment, segment_value, stage_rank)
WHERE f.journeys > d.reached
   OR f.advanced > d.advanced
   OR f.dropped > d.dropped
   OR (d.segment = 'all' AND d.stage_rank = 1 AND f.journeys <> (SELECT count(*) FROM journeys AS j WHERE j.start_observed))
