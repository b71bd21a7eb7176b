-- One row per path and touchpoint on it, in order (place). A conversion's path are the touchpoints since the customer's conversion
-- before, within 30 days; without any it is Direct's. A dropped journey gives an unconverted path: what follows its last conversion,
-- however long ago. Journeys that are open or completed give none.
-- path_no: the position of the conversion, or the number of the dropped journey. days_before: days before the conversion.
WITH converted AS (
    SELECT
        true AS is_converted, c.pos AS path_no, c.ck, t.place, coalesce(t.channel_group, 'Direct') AS channel_group,
        coalesce((c.t - t.t) / 86400000000, 0) AS days_before, c.value
    FROM conversions AS c
    LEFT JOIN touchpoints AS t
        ON t.ck = c.ck AND t.conversions_before = c.conversion_number - 1 AND c.t - t.t <= 2592000000000
),

last_conversions AS (
    SELECT journey_no, max(conversion_number) AS conversion_number
    FROM conversions
    WHERE journey_no IS NOT NULL
    GROUP BY journey_no
)

SELECT is_converted, path_no, ck, place, channel_group, days_before, value
FROM converted

UNION ALL

SELECT false AS is_converted, t.journey_no AS path_no, t.ck, t.place, t.channel_group, NULL AS days_before, NULL AS value
FROM touchpoints AS t
JOIN (SELECT journey_no FROM journey_ends WHERE outcome = 'dropped') AS j ON j.journey_no = t.journey_no
LEFT JOIN last_conversions AS c ON c.journey_no = t.journey_no
WHERE t.conversions_before >= coalesce(c.conversion_number, 0)
