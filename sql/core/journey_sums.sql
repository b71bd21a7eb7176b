-- by: customer
-- One row per journey: what its events add up to: all events that bear it, the sessions they lie in, the value of its
-- conversions.
WITH counted AS (
    SELECT journey_no, count(*) AS event_count, count(DISTINCT session_no) AS session_count
    FROM event_places
    WHERE journey_no IS NOT NULL
    GROUP BY journey_no
),

valued AS (
    SELECT p.journey_no, sum(e.value)::DOUBLE AS value
    FROM staged_rows AS e
    JOIN (SELECT rid, journey_no FROM event_places WHERE (code >> 12) & 1 = 1) AS p USING (rid)
    WHERE e.value IS NOT NULL
    GROUP BY p.journey_no
)

SELECT c.*, coalesce(v.value, 0) AS value
FROM counted AS c
LEFT JOIN valued AS v USING (journey_no)
