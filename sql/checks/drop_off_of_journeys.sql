-- The drop-off table of the whole population counts the journeys of the journey table: reached at the first stage, and by outcome.
SELECT d.reached, d.dropped, d.open, d.completed, j.*
FROM (
    SELECT
        coalesce(max(reached) FILTER (stage_rank = 1), 0) AS reached,
        coalesce(sum(dropped), 0) AS dropped,
        coalesce(sum(open), 0) AS open,
        coalesce(arg_max(reached, stage_rank), 0) AS completed
    FROM drop_off
    WHERE segment = 'all'
) AS d
CROSS JOIN (
    SELECT
        count(*) AS journeys,
        count(*) FILTER (outcome = 'dropped') AS journeys_dropped,
        count(*) FILTER (outcome = 'open') AS journeys_open,
        count(*) FILTER (outcome = 'completed') AS journeys_completed
    FROM journeys
) AS j
WHERE d.reached <> j.journeys OR d.dropped <> j.journeys_dropped OR d.open <> j.journeys_open OR d.completed <> j.journeys_completed
