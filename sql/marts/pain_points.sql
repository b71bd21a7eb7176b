-- rows: many
-- One row per journey, stage and pain that it met there: an error shown, a ticket, the same attempt three times in one session, a
-- stay over three times the usual, a step back. What hurts is read off behaviour; nobody was asked.
WITH told AS (
    SELECT
        journey_id, customer_id, stage,
        told_pain(event_name, properties, path) AS pain,
        count(*) AS times
    FROM events
    WHERE event_name IN ('error_shown', 'ticket_created')
      AND actor <> 'machine'
      AND stage IS NOT NULL
    GROUP BY ALL
),

-- browsing again is no pain; asking, searching, sending or paying three times within one session is
repeated AS (
    SELECT journey_id, customer_id, stage, concat('Tried again and again: ', event_name) AS pain, count(*) AS times
    FROM (
        SELECT journey_id, customer_id, stage, event_name, session_id
        FROM events
        WHERE event_name IN ('search_performed', 'form_submitted', 'checkout_started', 'quote_requested', 'demo_requested')
          AND actor = 'customer'
          AND stage IS NOT NULL
          AND session_id IS NOT NULL
        GROUP BY ALL
        HAVING count(*) >= 3
    )
    GROUP BY ALL
),

-- where a journey's start was not observed, nobody knows how long a stay was: it stays out of every dwell
stays AS (
    SELECT v.journey_id, v.customer_id, v.stage, v.dwell_seconds
    FROM stage_visits AS v
    JOIN journeys AS j USING (journey_id)
    WHERE v.dwell_seconds IS NOT NULL AND j.start_observed
),

usual AS (
    SELECT stage, greatest(86400, 3 * median(dwell_seconds)) AS limit_seconds
    FROM stays
    GROUP BY stage
),

long_stays AS (
    SELECT v.journey_id, v.customer_id, v.stage, 'Long stay: over three times the usual' AS pain, count(*) AS times
    FROM stays AS v
    JOIN usual AS u USING (stage)
    WHERE v.dwell_seconds > u.limit_seconds
    GROUP BY ALL
),

back AS (
    SELECT v.journey_id, v.customer_id, v.stage, concat('Back to ', v.next_stage) AS pain, count(*) AS times
    FROM stage_visits AS v
    JOIN config_stages AS n ON n.stage = v.next_stage
    WHERE n.stage_rank < v.stage_rank
    GROUP BY ALL
),

met AS (
    SELECT * FROM told
    UNION ALL
    SELECT * FROM repeated
    UNION ALL
    SELECT * FROM long_stays
    UNION ALL
    SELECT * FROM back
)

SELECT m.journey_id, m.customer_id, m.stage, s.stage_rank, m.pain, m.times
FROM met AS m
JOIN config_stages AS s USING (stage)
