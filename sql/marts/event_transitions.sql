-- One row per segment value and pair of events of which the second directly follows the first, per grain: within a session, or
-- within a journey, background events included. `(start)` leads to the first event of each, its last to `(end)`; self-loops are
-- kept. The value is the journey's; a session has that of the journey it begins in.
-- Counted, and timed to the microsecond, in `event_moves`, by numbers; here they get their names.
WITH names AS (
    SELECT DISTINCT name_no, event_name
    FROM event_kinds
)

SELECT
    v.segment,
    v.segment_value,
    m.grain,
    coalesce(f.event_name, '(start)') AS from_event,
    coalesce(t.event_name, '(end)') AS to_event,
    m.transitions,
    m.customers,
    m.median_us / 1e6 AS median_seconds,
    m.p90_us / 1e6 AS p90_seconds,
    m.mean_us / 1e6 AS mean_seconds
FROM event_moves AS m
JOIN summed_names AS v USING (value_no)
LEFT JOIN names AS f ON f.name_no = m.from_no
LEFT JOIN names AS t ON t.name_no = m.to_no
ORDER BY v.segment, v.segment_value, m.grain = 'journey', m.transitions DESC, from_event, to_event
