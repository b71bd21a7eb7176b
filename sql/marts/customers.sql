-- rows: many
-- parts: ck
-- One row per customer with at least one accepted event: a connected component of identifiers.
-- Outcome and stages are those of the latest journey; who never engaged was only reached out to and has none.
WITH later_totals AS (
    SELECT l.ck, min(e.occurred_at) AS first_event_at, max(e.occurred_at) AS last_event_at, count(*) AS event_count
    FROM staged_rows AS e
    JOIN later_events AS l USING (rid)
    GROUP BY l.ck
),

-- narrow times first; only customers whose first or last event is a whole day need to look it up
event_totals AS (
    SELECT ck, min(first_event_at) AS first_event_at, max(last_event_at) AS last_event_at, sum(event_count)::BIGINT AS event_count
    FROM (
        SELECT
            p.ck,
            coalesce(f.occurred_at, make_timestamp(p.first_t)) AS first_event_at,
            coalesce(l.occurred_at, make_timestamp(p.last_t)) AS last_event_at,
            p.event_count
        FROM customer_totals AS p
        LEFT JOIN date_only_times AS f ON f.ck = p.ck AND f.t = p.first_t
        LEFT JOIN date_only_times AS l ON l.ck = p.ck AND l.t = p.last_t
        UNION ALL
        SELECT ck, first_event_at, last_event_at, event_count FROM later_totals
    )
    GROUP BY ck
),

session_totals AS (
    SELECT ck, count(*) AS session_count
    FROM session_spans
    GROUP BY ck
),

journey_totals AS (
    SELECT
        j.ck,
        count(*) AS journey_count,
        max(j.furthest_rank) AS furthest_rank,
        arg_max(j.last_rank, j.journey_no) AS last_rank,
        arg_max(j.outcome, j.journey_no) AS outcome,
        sum(m.value) AS value
    FROM journey_ends AS j
    JOIN journey_sums AS m USING (journey_no)
    GROUP BY j.ck
)

SELECT
    c.customer_id,
    a.account_id,
    e.first_event_at,
    e.last_event_at,
    e.event_count,
    coalesce(s.session_count, 0) AS session_count,
    coalesce(j.journey_count, 0) AS journey_count,
    l.stage AS current_stage,
    f.stage AS furthest_stage,
    coalesce(j.outcome, 'reached_out_to') AS outcome,
    coalesce(j.value, 0) AS value
FROM event_totals AS e
JOIN customer_numbers AS c USING (ck)
LEFT JOIN customer_accounts AS a USING (ck)
LEFT JOIN session_totals AS s USING (ck)
LEFT JOIN journey_totals AS j USING (ck)
LEFT JOIN config_stages AS l ON l.stage_rank = j.last_rank
LEFT JOIN config_stages AS f ON f.stage_rank = j.furthest_rank
