-- by: customer
-- One row per journey: its customer, its span, the stage it starts in and what it carries to the next.
-- The start stage is known only in order: journey 1 starts in the first stage, a later one in the stage under way at the
-- end of the one before where that keeps. Customers with several journeys walk their list in order.
-- A journey turns the rank it starts in into the next one's start: what is below a limit becomes its result, what is not
-- stays (limit * 64 + result; a stage set outright has a limit above all ranks). Two such steps are again such a step, so
-- a list is cut into pieces of 256, each taken as one step first: walking appends to a list, which copies it, and one
-- customer may have 100,000 journeys.
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

numbered AS (
    SELECT *, (journey_number - 1) // 256 AS piece
    FROM (
        SELECT
            *,
            row_number() OVER (
                PARTITION BY ck ORDER BY journey_no ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS journey_number
        FROM journeys_found
    )
),

pieces AS (
    SELECT
        ck,
        piece,
        list(journey_no ORDER BY journey_no) AS journey_nos,
        list(
            (CASE WHEN last_waits THEN last_local_rank ELSE 64 END) * 64 + kept_rank(last_local_rank)
            ORDER BY journey_no
        )::BIGINT[] AS steps
    FROM numbered
    GROUP BY ck, piece
    HAVING count(*) > 1 OR piece > 0
),

wholes AS (
    SELECT
        ck,
        piece,
        -- two steps as one: the second's limit and result where it is the higher, else the first's limit, and its
        -- result as the second leaves it
        list_reduce(steps, lambda f, g: CASE
            WHEN g >> 6 > f >> 6 THEN g
            WHEN f & 63 < g >> 6 THEN ((f >> 6) << 6) | (g & 63)
            ELSE f
        END) AS step
    FROM pieces
    WHERE ck IN (SELECT ck FROM pieces WHERE piece > 0)
),

begun AS (
    SELECT
        unnest(found) AS piece,
        ck,
        unnest(list_reduce(
            list_transform(steps[1:-2], lambda step: [step]),
            lambda ranks, step: list_append(ranks, CASE WHEN ranks[-1] < step[1] >> 6 THEN step[1] & 63 ELSE ranks[-1] END),
            [1::BIGINT]
        )) AS start_rank
    FROM (SELECT ck, list(piece ORDER BY piece) AS found, list(step ORDER BY piece) AS steps FROM wholes GROUP BY ck)
),

starts AS (
    SELECT
        unnest(journey_nos) AS journey_no,
        unnest(list_reduce(
            list_transform(steps[1:-2], lambda step: [step]),
            lambda ranks, step: list_append(ranks, CASE WHEN ranks[-1] < step[1] >> 6 THEN step[1] & 63 ELSE ranks[-1] END),
            [coalesce(b.start_rank, 1)]
        )) AS start_rank
    FROM pieces AS p
    LEFT JOIN begun AS b ON b.ck = p.ck AND b.piece = p.piece
)

SELECT
    j.journey_no,
    j.ck,
    j.journey_number,
    j.started_t,
    j.last_t,
    coalesce(e.lost_t, j.last_t) AS ended_t,
    e.lost_t IS NOT NULL AS is_lost,
    j.first_rid,
    j.first_pos,
    j.engagement_count,
    coalesce(s.start_rank, 1)::INTEGER AS start_rank,
    coalesce(s.start_rank, 1) > 1 AS starts_kept
FROM numbered AS j
LEFT JOIN ends AS e USING (journey_no)
LEFT JOIN starts AS s USING (journey_no)
