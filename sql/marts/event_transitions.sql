-- One row per segment value and pair of events of which the second directly follows the first, per grain: within a session, or
-- within a journey, background events included. `(start)` leads to the first event of each, its last to `(end)`; self-loops are
-- kept. The value is the journey's; a session has that of the journey it begins in.
-- Each event looks at its neighbours in a walk that is in order already (`session_walk`, `journey_walk`). Pairs are grouped by
-- one number, `edge`: the grain, then the number of the name before (0: the start) and of the name after (0: the end).
-- Counts are told per customer and combination of segment values, and added up from there: that costs no more than counting
-- distinct customers does anyway. Times can't be added up, so each goes to every value it belongs to, by number alone. The walks are
-- read once for either: keeping twenty million moves costs several times what reading them again does.
WITH session_steps AS NOT MATERIALIZED (
    SELECT
        0::BIGINT AS grain_no, part, ck, t, code,
        lag(part) OVER () AS part_before, lag(t) OVER () AS t_before, lag(code) OVER () AS code_before
    FROM session_walk
),

journey_steps AS NOT MATERIALIZED (
    SELECT
        1::BIGINT AS grain_no, part, ck, t, code,
        lag(part) OVER () AS part_before, lag(t) OVER () AS t_before, lag(code) OVER () AS code_before
    FROM journey_walk
),

steps AS NOT MATERIALIZED (
    SELECT * FROM session_steps
    UNION ALL
    SELECT * FROM journey_steps
),

session_lasts AS NOT MATERIALIZED (
    SELECT 0::BIGINT AS grain_no, part, ck, code, lead(part) OVER () IS DISTINCT FROM part AS is_last
    FROM session_walk
),

journey_lasts AS NOT MATERIALIZED (
    SELECT 1::BIGINT AS grain_no, part, ck, code, lead(part) OVER () IS DISTINCT FROM part AS is_last
    FROM journey_walk
),

moves AS NOT MATERIALIZED (
    SELECT
        part,
        ck,
        (grain_no << 48) | (CASE WHEN part_before = part THEN name_of(code_before) ELSE 0 END << 24) | name_of(code) AS edge,
        -- date-only values stay out of durations under a day
        CASE
            WHEN part_before <> part OR part_before IS NULL THEN NULL
            WHEN (((code | code_before) >> 17) & 1) = 1 AND t - t_before < 86400000000 THEN NULL
            ELSE t - t_before
        END AS us
    FROM steps
    UNION ALL
    SELECT part, ck, (grain_no << 48) | (name_of(code) << 24) AS edge, NULL AS us
    FROM session_lasts
    WHERE is_last
    UNION ALL
    SELECT part, ck, (grain_no << 48) | (name_of(code) << 24) AS edge, NULL AS us
    FROM journey_lasts
    WHERE is_last
),

-- sessions by negative numbers: both kinds of part find their combination in one look
part_combinations AS (
    SELECT journey_no AS part_key, combination, party
    FROM journey_parties
    UNION ALL
    SELECT -1 - e.session_no AS part_key, j.combination, j.party
    FROM session_ends AS e
    LEFT JOIN journey_parties AS j ON j.journey_no = e.entry_journey_no
),

placed AS NOT MATERIALIZED (
    SELECT
        m.edge,
        m.us,
        m.ck,
        coalesce(p.combination, 0) AS combination,
        CASE WHEN p.combination IS NULL THEN m.ck ELSE p.party END AS party
    FROM moves AS m
    JOIN part_combinations AS p ON p.part_key = CASE WHEN m.edge >> 48 = 0 THEN -1 - m.part ELSE m.part END
),

per_customer AS (
    SELECT
        edge, combination, ck,
        any_value(party) AS party,
        count(*) AS transitions,
        sum(us) AS us,
        count(us) AS timed
    FROM placed
    GROUP BY edge, combination, ck
),

combined AS (
    SELECT
        edge, combination, party,
        count(*) AS customers,
        sum(transitions) AS transitions,
        sum(us) AS us,
        sum(timed) AS timed
    FROM per_customer
    GROUP BY edge, combination, party
),

counted AS (
    SELECT
        v.value_no,
        c.edge,
        sum(c.transitions)::BIGINT AS transitions,
        (coalesce(sum(c.customers) FILTER (c.party IS NULL), 0) + count(DISTINCT c.party))::BIGINT AS customers,
        sum(c.us) / nullif(sum(c.timed), 0) AS mean_us
    FROM combined AS c
    JOIN summed_values AS v USING (combination)
    GROUP BY v.value_no, c.edge
),

timed AS (
    SELECT v.value_no, m.edge, quantile_cont(m.us, [0.5, 0.9]) AS quantiles
    FROM (SELECT edge, us, combination FROM placed WHERE us IS NOT NULL) AS m
    JOIN summed_values AS v USING (combination)
    GROUP BY v.value_no, m.edge
),

names AS (
    SELECT DISTINCT name_no, event_name
    FROM event_kinds
)

SELECT
    v.segment,
    v.segment_value,
    CASE c.edge >> 48 WHEN 0 THEN 'session' ELSE 'journey' END AS grain,
    coalesce(f.event_name, '(start)') AS from_event,
    coalesce(t.event_name, '(end)') AS to_event,
    c.transitions,
    c.customers,
    m.quantiles[1] / 1e6 AS median_seconds,
    m.quantiles[2] / 1e6 AS p90_seconds,
    c.mean_us / 1e6 AS mean_seconds
FROM counted AS c
JOIN summed_names AS v USING (value_no)
LEFT JOIN timed AS m USING (value_no, edge)
LEFT JOIN names AS f ON f.name_no = (c.edge >> 24) & 16777215
LEFT JOIN names AS t ON t.name_no = c.edge & 16777215
ORDER BY v.segment, v.segment_value, c.edge >> 48, c.transitions DESC, from_event, to_event
