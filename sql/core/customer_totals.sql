-- by: customer
-- One row per customer with events up to as_of: when they begin and end, how many they are, and how many of other customers stand
-- before them in `ordered_events`, so that a place there, less these, is the place within the customer.
WITH counted AS (
    SELECT ck, min(t) AS first_t, max(t) AS last_t, count(*) AS event_count
    FROM ordered_events
    GROUP BY ck
)

SELECT
    ck, first_t, last_t, event_count,
    (sum(event_count) OVER (ORDER BY ck ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))::BIGINT - event_count AS events_before
FROM counted
