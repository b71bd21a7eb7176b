-- One row per journey with a conversion whose start was observed: the first one's moment, and how long after the start it came, in microseconds.
-- Date-only values stay out of durations under a day; from an event to itself it is 0 whatever is known of its time.
WITH firsts AS (
    SELECT
        c.journey_no, any_value(j.ck) AS ck, min(c.t) AS t, any_value(j.started_t) AS started_t,
        greatest(0, min(c.t) - any_value(j.started_t)) AS waited
    FROM conversions AS c
    JOIN journey_ends AS j ON j.journey_no = c.journey_no
    WHERE j.start_observed
    GROUP BY c.journey_no
)

SELECT f.journey_no, f.ck, f.t, f.waited
FROM firsts AS f
LEFT JOIN date_only_times AS d ON d.ck = f.ck AND d.t = f.t
LEFT JOIN date_only_times AS s ON s.ck = f.ck AND s.t = f.started_t
WHERE f.waited = 0
   OR f.waited >= 86400000000
   OR (d.t IS NULL AND s.t IS NULL)
