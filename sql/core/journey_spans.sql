-- One row per journey: its customer, its span, the stage it starts in and what it carries to the next.
-- The start stage is known only in order: journey 1 starts in the first stage, a later one in the stage under way at the
-- end of the one before where that keeps. Customers with several journeys walk their list once (few rows, short lists).
WITH ends AS (
    SELECT journey_no, t AS lost_t
    FROM event_walk
    WHERE ends
),

journeys_found AS (
    SELECT
        journey_no,
        min(ck) AS ck,
        min(t) AS started_t,
        max(last_t) AS last_t,
        arg_min(rid, run_no) AS first_rid,
        arg_min(pos, run_no) AS first_pos,
        arg_max(local_rank, run_no) AS last_local_rank,
        arg_max(waits, run_no) AS last_waits,
        sum(event_count)::BIGINT AS engagement_count
    FROM stage_runs
    GROUP BY journey_no
),

chains AS (
    SELECT
        list(journey_no ORDER BY journey_no) AS journey_nos,
        list(last_local_rank * 2 + last_waits::INTEGER ORDER BY journey_no) AS steps
    FROM journeys_found
    GROUP BY ck
    HAVING count(*) > 1
),

starts AS (
    SELECT
        unnest(journey_nos) AS journey_no,
        unnest(list_reduce(
            list_transform(steps[1:-2], lambda step: [step]),
            lambda ranks, step: list_append(ranks, kept_rank(
                CASE WHEN step[1] % 2 = 1 THEN greatest(ranks[-1], step[1] // 2) ELSE step[1] // 2 END
            )),
            [1]
        )) AS start_rank
    FROM chains
)

SELECT
    j.journey_no,
    j.ck,
    row_number() OVER (PARTITION BY j.ck ORDER BY j.journey_no ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS journey_number,
    j.started_t,
    j.last_t,
    coalesce(e.lost_t, j.last_t) AS ended_t,
    e.lost_t IS NOT NULL AS is_lost,
    j.first_rid,
    j.first_pos,
    j.engagement_count,
    coalesce(s.start_rank, 1)::INTEGER AS start_rank,
    coalesce(s.start_rank, 1) > 1 AS starts_kept
FROM journeys_found AS j
LEFT JOIN ends AS e USING (journey_no)
LEFT JOIN starts AS s USING (journey_no)
