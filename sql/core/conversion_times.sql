-- One row per journey with a conversion whose start was observed: the first one's moment, and how long after the start it came, in microseconds.
SELECT c.journey_no, any_value(j.ck) AS ck, min(c.t) AS t, greatest(0, min(c.t) - any_value(j.started_t)) AS waited
FROM conversions AS c
JOIN journey_ends AS j ON j.journey_no = c.journey_no
WHERE j.start_observed
GROUP BY c.journey_no
