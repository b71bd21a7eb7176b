-- Turns are those of the stage visits: the steps back are all visits that are followed by one of an earlier stage; nobody is counted
-- oftener than there are turns; and who is judged, with the turn or without, is all that drop_off judges at that stage.
SELECT b.from_stage, b.to_stage, 'steps back' AS what, b.times, v.times AS expected
FROM (SELECT from_stage, to_stage, times FROM turns WHERE turn = 'step back') AS b
FULL JOIN (
    SELECT f.stage AS from_stage, f.next_stage AS to_stage, count(*) AS times
    FROM stage_visits AS f
    JOIN config_stages AS n ON n.stage = f.next_stage
    WHERE n.stage_rank < f.stage_rank
    GROUP BY ALL
) AS v USING (from_stage, to_stage)
WHERE b.times IS DISTINCT FROM v.times

UNION ALL

SELECT from_stage, to_stage, 'counted oftener than there are turns', times, journeys
FROM turns
WHERE journeys > times OR customers > journeys OR judged_with > journeys OR advanced_with > judged_with
   OR advanced_without > judged_without OR customers < 1

UNION ALL

SELECT t.from_stage, t.to_stage, 'judged', t.judged_with + t.judged_without, d.mature_dropped + d.mature_advanced
FROM turns AS t
JOIN drop_off AS d ON d.segment = 'all' AND d.stage = t.judged_stage
WHERE t.judged_with + t.judged_without <> d.mature_dropped + d.mature_advanced
   OR t.advanced_with + t.advanced_without <> d.mature_advanced
