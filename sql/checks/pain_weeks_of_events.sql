-- The weeks' customers are those of the events: per event name, segment and value at least as many customer weeks as customers who met
-- it, at most as many as events, and no value twice in a week; adjusting lowers no p-value.
WITH met AS (
    SELECT event_name, customer_id, device, browser, country, channel, source
    FROM events
    WHERE event_name IN ('error_shown', 'ticket_created')
      AND actor <> 'machine'
      AND position IS NOT NULL
),

of_events AS (
    SELECT event_name, segment, segment_value, count(*) AS times, count(DISTINCT customer_id) AS customers
    FROM (UNPIVOT met ON device, browser, country, channel, source INTO NAME segment VALUE segment_value)
    GROUP BY event_name, segment, segment_value
),

of_weeks AS (
    SELECT event_name, segment, segment_value, sum(customers) AS customer_weeks, max(customers) AS most, count(*) - count(DISTINCT week) AS twice
    FROM pain_weeks
    GROUP BY event_name, segment, segment_value
)

SELECT w.event_name, w.segment, w.segment_value, w.customer_weeks, e.customers, e.times
FROM of_weeks AS w
LEFT JOIN of_events AS e USING (event_name, segment, segment_value)
WHERE NOT coalesce(w.customer_weeks BETWEEN e.customers AND e.times AND w.most <= e.customers AND w.twice = 0, false)

UNION ALL

SELECT event_name, segment, segment_value, customers, NULL, NULL
FROM pain_weeks
WHERE customers < 1 OR others < 0 OR usual_customers < 0 OR NOT p_value BETWEEN 0 AND p_adjusted OR p_adjusted > 1
   OR survives <> (p_adjusted <= 0.01)
