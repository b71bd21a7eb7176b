-- One row per segment value and pair of events of which the second directly follows the first, per grain: within a session, or
-- within a journey, background events included. `(start)` leads to the first event of each, its last to `(end)`; self-loops are
-- kept. The value is the journey's; a session has that of the journey it begins in.
-- Each event looks at its neighbours in a walk that is in order already (`session_walk`, `journey_walk`). Pairs are grouped by
-- one number, `edge`: the grain, then the number of the name before (0: the start) and of the name after (0: the end).
-- Everything is counted by combination of segment values and added up from there. Quantiles can't be added up, but counts of
-- classes of times can: they tell in which class a value's quantile lies, and only the times of those classes go to the values. The
-- quantiles are exact, and nothing has to hold all times of all values at once (four times dearer, and it does not spill).
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

-- class: half a doubling wide; -1 where there is no time
placed AS (
    SELECT
        m.edge,
        m.us,
        (CASE WHEN m.us IS NULL THEN -1 WHEN m.us < 2 THEN 0 ELSE floor(2 * log2(m.us)) END)::SMALLINT AS class,
        m.ck,
        coalesce(p.combination, 0) AS combination,
        p.combination IS NULL OR p.party IS NOT NULL AS repeats
    FROM moves AS m
    JOIN part_combinations AS p ON p.part_key = CASE WHEN m.edge >> 48 = 0 THEN -1 - m.part ELSE m.part END
),

classes AS (
    SELECT edge, combination, class, count(*) AS n, sum(us) AS us
    FROM placed
    GROUP BY edge, combination, class
),

value_classes AS (
    SELECT v.value_no, c.edge, c.class, sum(c.n)::BIGINT AS n, sum(c.us) AS us
    FROM classes AS c
    JOIN summed_values AS v USING (combination)
    GROUP BY v.value_no, c.edge, c.class
),

counted AS (
    SELECT
        value_no,
        edge,
        sum(n)::BIGINT AS transitions,
        sum(us) / nullif(sum(n) FILTER (class >= 0), 0) AS mean_us
    FROM value_classes
    GROUP BY value_no, edge
),

-- of a customer who can't count twice one row is one customer; the others are told apart value by value
customer_edges AS (
    SELECT edge, combination, CASE WHEN repeats THEN ck END AS party, count(*) AS customers
    FROM (SELECT DISTINCT edge, combination, ck, repeats FROM placed)
    GROUP BY ALL
),

value_parties AS (
    SELECT v.value_no, c.edge, c.party, sum(c.customers) AS customers
    FROM customer_edges AS c
    JOIN summed_values AS v USING (combination)
    GROUP BY v.value_no, c.edge, c.party
),

people AS (
    SELECT value_no, edge, sum(CASE WHEN party IS NULL THEN customers ELSE 1 END)::BIGINT AS customers
    FROM value_parties
    GROUP BY value_no, edge
),

ranked AS (
    SELECT
        value_no, edge, class, n,
        (sum(n) OVER so_far - n)::BIGINT AS before,
        (sum(n) OVER (PARTITION BY value_no, edge))::BIGINT AS timed
    FROM value_classes
    WHERE class >= 0
    WINDOW so_far AS (PARTITION BY value_no, edge ORDER BY class ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),

-- the places, from 0, between which a quantile is interpolated, and the classes they lie in
places AS (
    SELECT r.value_no, r.edge, r.class, r.before, q.quantile, e.is_upper, q.quantile * (r.timed - 1) AS exact,
        (CASE WHEN e.is_upper THEN ceil(exact) ELSE floor(exact) END)::BIGINT AS place
    FROM ranked AS r
    CROSS JOIN (SELECT unnest([0.5::DOUBLE, 0.9::DOUBLE]) AS quantile) AS q
    CROSS JOIN (SELECT unnest([false, true]) AS is_upper) AS e
    WHERE place >= r.before AND place < r.before + r.n
),

wanted AS (
    SELECT DISTINCT c.edge, c.class, c.combination, p.value_no
    FROM classes AS c
    JOIN summed_values AS v USING (combination)
    JOIN (SELECT DISTINCT value_no, edge, class FROM places) AS p
        ON p.value_no = v.value_no AND p.edge = c.edge AND p.class = c.class
),

times AS (
    SELECT w.value_no, m.edge, m.class, list_sort(list(m.us)) AS sorted
    FROM placed AS m
    JOIN wanted AS w ON w.edge = m.edge AND w.class = m.class AND w.combination = m.combination
    GROUP BY w.value_no, m.edge, m.class
),

ends AS (
    SELECT
        p.value_no, p.edge, p.quantile, any_value(p.exact - floor(p.exact)) AS share,
        max(t.sorted[p.place - p.before + 1]) FILTER (NOT p.is_upper) AS lower_us,
        max(t.sorted[p.place - p.before + 1]) FILTER (p.is_upper) AS upper_us
    FROM places AS p
    JOIN times AS t USING (value_no, edge, class)
    GROUP BY p.value_no, p.edge, p.quantile
),

timed AS (
    SELECT
        value_no, edge,
        max(lower_us + (upper_us - lower_us) * share) FILTER (quantile = 0.5) AS median_us,
        max(lower_us + (upper_us - lower_us) * share) FILTER (quantile = 0.9) AS p90_us
    FROM ends
    GROUP BY value_no, edge
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
    p.customers,
    m.median_us / 1e6 AS median_seconds,
    m.p90_us / 1e6 AS p90_seconds,
    c.mean_us / 1e6 AS mean_seconds
FROM counted AS c
JOIN people AS p USING (value_no, edge)
JOIN summed_names AS v USING (value_no)
LEFT JOIN timed AS m USING (value_no, edge)
LEFT JOIN names AS f ON f.name_no = (c.edge >> 24) & 16777215
LEFT JOIN names AS t ON t.name_no = c.edge & 16777215
ORDER BY v.segment, v.segment_value, c.edge >> 48, c.transitions DESC, from_event, to_event
