-- Every journey has one variant: within every segment journeys, completed ones and shares add up, also variant by variant.
WITH total AS (
    SELECT count(*) AS journeys, count(*) FILTER (outcome = 'completed') AS completed
    FROM journeys
),

summed AS (
    SELECT segment, variant, sum(journeys) AS journeys, sum(completed) AS completed
    FROM variants
    GROUP BY segment, variant
)

SELECT s.segment, t.journeys, t.completed, sum(s.journeys) AS in_variants, sum(s.completed) AS completed_in_variants
FROM summed AS s
CROSS JOIN total AS t
GROUP BY ALL
HAVING sum(s.journeys) <> t.journeys OR sum(s.completed) <> t.completed

UNION ALL

SELECT s.segment, w.journeys, w.completed, s.journeys, s.completed
FROM summed AS s
JOIN summed AS w ON w.segment = 'all' AND w.variant = s.variant
WHERE s.journeys <> w.journeys OR s.completed <> w.completed

UNION ALL

SELECT segment, count(*), NULL, NULL, NULL
FROM variants
GROUP BY segment, segment_value
HAVING abs(sum(share) - 1) > 1e-9
