-- One row per distinct sequence of stages that a journey walked, the most frequent first. Going back and forth stays in it.
-- median_seconds: from the journey's start to its end, where the start was observed.
WITH walked AS (
    -- number and stage packed into one integer: sorting a list of these costs less than an ordered aggregate
    SELECT journey_no, list_transform(list_sort(list(visit_number * 64 + stage_rank)), lambda step: step & 63) AS ranks
    FROM visits
    GROUP BY journey_no
),

ended AS (
    SELECT
        j.journey_no,
        j.outcome,
        CASE
            WHEN NOT j.start_observed THEN NULL
            WHEN j.ended_t = j.started_t THEN 0
            -- date-only values stay out of durations under a day
            WHEN (d.t IS NOT NULL OR e.t IS NOT NULL) AND j.ended_t - j.started_t < 86400000000 THEN NULL
            ELSE j.ended_t - j.started_t
        END AS us
    FROM journey_ends AS j
    LEFT JOIN date_only_times AS d ON d.ck = j.ck AND d.t = j.started_t
    LEFT JOIN date_only_times AS e ON e.ck = j.ck AND e.t = j.ended_t
),

counted AS (
    SELECT
        w.ranks,
        count(*) AS journeys,
        count(*) FILTER (e.outcome = 'completed') AS completed,
        median(e.us) / 1e6 AS median_seconds
    FROM walked AS w
    JOIN ended AS e USING (journey_no)
    GROUP BY w.ranks
),

stages AS (
    SELECT list(stage ORDER BY stage_rank) AS names
    FROM config_stages
)

SELECT
    array_to_string(list_transform(c.ranks, lambda rank: s.names[rank]), ' → ') AS variant,
    c.journeys,
    c.journeys / (SELECT count(*) FROM journey_ends) AS share,
    c.completed,
    c.median_seconds
FROM counted AS c
CROSS JOIN stages AS s
ORDER BY c.journeys DESC, c.ranks
