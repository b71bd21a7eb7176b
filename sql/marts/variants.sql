-- One row per segment value and distinct sequence of stages that a journey walked, the most frequent first. Going back and forth
-- stays in it. The value is the journey's own, a cohort the period in which it starts.
-- median_seconds: from the journey's start to its end, where the start was observed.
-- Sequences are numbered, so that only numbers are grouped by value; counts are added up by combination of values first.
WITH walked AS (
    -- number and stage packed into one integer: sorting a list of these costs less than an ordered aggregate
    SELECT journey_no, list_transform(list_sort(list(visit_number * 64 + stage_rank)), lambda step: step & 63) AS ranks
    FROM visits
    GROUP BY journey_no
),

-- lists are grouped once, and sorted once
numbered AS (
    SELECT ranks, journey_nos, row_number() OVER (ORDER BY ranks) AS variant_no
    FROM (SELECT ranks, list(journey_no) AS journey_nos FROM walked GROUP BY ranks)
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

facts AS (
    SELECT n.variant_no, p.combination, e.outcome = 'completed' AS is_completed, e.us
    FROM (SELECT variant_no, unnest(journey_nos) AS journey_no FROM numbered) AS n
    JOIN ended AS e USING (journey_no)
    JOIN journey_parties AS p USING (journey_no)
),

combined AS (
    SELECT variant_no, combination, count(*) AS journeys, count(*) FILTER (is_completed) AS completed
    FROM facts
    GROUP BY variant_no, combination
),

counted AS (
    SELECT v.value_no, c.variant_no, sum(c.journeys)::BIGINT AS journeys, sum(c.completed)::BIGINT AS completed
    FROM combined AS c
    JOIN summed_values AS v USING (combination)
    GROUP BY v.value_no, c.variant_no
),

timed AS (
    SELECT v.value_no, f.variant_no, median(f.us) / 1e6 AS median_seconds
    FROM (SELECT variant_no, combination, us FROM facts WHERE us IS NOT NULL) AS f
    JOIN summed_values AS v USING (combination)
    GROUP BY v.value_no, f.variant_no
),

totals AS (
    SELECT value_no, sum(journeys) AS journeys
    FROM counted
    GROUP BY value_no
),

stages AS (
    SELECT list(stage ORDER BY stage_rank) AS names
    FROM config_stages
),

named AS (
    SELECT n.variant_no, array_to_string(list_transform(n.ranks, lambda rank: s.names[rank]), ' → ') AS variant
    FROM numbered AS n
    CROSS JOIN stages AS s
)

SELECT
    v.segment,
    v.segment_value,
    n.variant,
    c.journeys,
    c.journeys / t.journeys AS share,
    c.completed,
    m.median_seconds
FROM counted AS c
JOIN named AS n USING (variant_no)
JOIN totals AS t USING (value_no)
JOIN summed_names AS v USING (value_no)
LEFT JOIN timed AS m USING (value_no, variant_no)
ORDER BY v.segment, v.segment_value, c.journeys DESC, c.variant_no
