-- Every journey has one variant: journeys, completed ones and shares add up.
WITH total AS (
    SELECT count(*) AS journeys, count(*) FILTER (outcome = 'completed') AS completed
    FROM journeys
)

SELECT t.journeys, t.completed, sum(v.journeys) AS in_variants, sum(v.completed) AS completed_in_variants
FROM variants AS v
CROSS JOIN total AS t
GROUP BY ALL
HAVING sum(v.journeys) <> t.journeys OR sum(v.completed) <> t.completed OR abs(sum(v.share) - 1) > 1e-9
