-- The event graph loses nobody: into every event as many moves as out of it, for every value of every segment, and in all as many as
-- events of the grain. Nobody is counted oftener than the moves themselves.
WITH moves AS (
    SELECT segment, segment_value, grain, to_event AS event_name, transitions AS n_in, 0 AS n_out
    FROM event_transitions
    WHERE to_event <> '(end)'
    UNION ALL
    SELECT segment, segment_value, grain, from_event, 0, transitions
    FROM event_transitions
    WHERE from_event <> '(start)'
),

of_events AS (
    SELECT 'session' AS grain, count(*) AS n FROM event_places WHERE session_no IS NOT NULL
    UNION ALL
    SELECT 'journey', count(*) FROM event_places WHERE journey_no IS NOT NULL
),

found AS (
    SELECT 'all' AS segment, 'all' AS segment_value, grain, NULL AS event_name, sum(n_in) AS n_in, max(n) AS n_out
    FROM moves JOIN of_events USING (grain)
    WHERE segment = 'all'
    GROUP BY grain
    UNION ALL
    SELECT segment, segment_value, grain, event_name, sum(n_in), sum(n_out)
    FROM moves
    GROUP BY segment, segment_value, grain, event_name
)

SELECT *
FROM found
WHERE n_in <> n_out

UNION ALL

SELECT segment, segment_value, grain, concat(from_event, ' to ', to_event), transitions, customers
FROM event_transitions
WHERE customers > transitions OR customers < 1
