-- Counted by outcome, the journeys of each stage give the drop-off table of the whole population.
WITH counted AS (
    SELECT
        stage_rank,
        count(*) AS reached,
        count(*) FILTER (outcome = 'dropped') AS dropped,
        count(*) FILTER (outcome = 'open') AS open,
        count(*) FILTER (is_mature AND outcome = 'dropped') AS mature_dropped,
        count(*) FILTER (is_mature AND outcome = 'advanced') AS mature_advanced
    FROM journey_stages
    GROUP BY stage_rank
)

SELECT d.stage, d.reached, c.*
FROM drop_off AS d
LEFT JOIN counted AS c USING (stage_rank)
WHERE d.segment = 'all'
  AND (
      d.reached <> coalesce(c.reached, 0)
      OR d.dropped <> coalesce(c.dropped, 0)
      OR d.open <> coalesce(c.open, 0)
      OR d.mature_dropped <> coalesce(c.mature_dropped, 0)
      OR d.mature_advanced <> coalesce(c.mature_advanced, 0)
  )
