-- One row per segment value, stage, lane, item and metric of the journey map: what customers do, meet, see, say and suffer at a stage,
-- each with its counts and with the query that gives the number again from this file. Told for the whole and for every value of a
-- segment behind which stand at least the minimum of customers, by the journeys that have it; not for cohorts (`map_values`).
-- Groups of fewer customers than the minimum are flagged and have no rank. A new lane is a new file in sql/map.
WITH ordered AS (
    SELECT
        *,
        coalesce(behind, 0) < getvariable('minimum') AND lane NOT IN ('description', 'goal') AS is_small,
        row_number() OVER (
            PARTITION BY value_no, stage_rank, lane, metric, is_small
            ORDER BY score DESC, item ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS place
    FROM map_cells
)

SELECT
    n.segment,
    n.segment_value,
    s.stage,
    o.stage_rank,
    o.lane,
    CASE WHEN NOT o.is_small THEN o.place END AS rank,
    o.item,
    o.metric,
    o.value,
    o.low,
    o.high,
    o.customers,
    o.is_small,
    o.query
FROM (SELECT * FROM ordered WHERE place <= 8) AS o
JOIN config_stages AS s USING (stage_rank)
JOIN summed_names AS n USING (value_no)
WHERE n.segment <> 'cohort'
ORDER BY n.segment, n.segment_value, o.stage_rank, o.lane, o.metric, o.is_small, o.place
