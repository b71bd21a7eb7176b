-- Within a segment the values add up to the whole, stage by stage.
SELECT s.segment, s.stage, s.reached, a.reached AS of_all
FROM (SELECT segment, stage, stage_rank, sum(reached) AS reached FROM drop_off GROUP BY ALL) AS s
JOIN drop_off AS a ON a.segment = 'all' AND a.stage_rank = s.stage_rank
WHERE s.reached <> a.reached
