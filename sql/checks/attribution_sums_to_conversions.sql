-- For every model of attribution the credits sum to the conversions, and their values to the conversions' value.
WITH credited AS (
    SELECT model, sum(conversions) AS conversions, sum(value) AS value, sum(share) AS share
    FROM attribution
    GROUP BY model
),

whole AS (
    SELECT count(*) AS conversions, coalesce(sum(value), 0) AS value
    FROM conversions
)

SELECT c.model, c.conversions, w.conversions AS of_all, c.value, w.value AS value_of_all
FROM whole AS w
LEFT JOIN credited AS c ON true
WHERE (w.conversions > 0 AND c.model IS NULL)
   OR abs(c.conversions - w.conversions) > 1e-6 * greatest(1, w.conversions)
   OR abs(c.share - 1) > 1e-6
   OR abs(c.value - w.value) > 1e-6 * greatest(1, abs(w.value))
