-- by: customer
-- One row per ordered event: its session, its journey and the stage under way.
-- A background event belongs to the journey it falls in (of two that meet at its moment, the earlier), else to the next
-- one if that starts within the timeout, else to the one before if that ended within the timeout, else to none.
-- `run_no`: the last stage run (`stage_runs`) that begins at or before the event, of whatever journey.
WITH kept_starts AS (
    SELECT journey_no, start_rank
    FROM journey_spans
    WHERE starts_kept
),

numbered AS (
    SELECT
        row_number() OVER () - 1 AS pos, e.ck, e.t, e.rid, e.code,
        w.engaged OR w.ends AS belongs, w.journey_no, w.local_rank, w.waits, s.session_no,
        (count(*) FILTER (w.turns) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))::INTEGER AS run_no
    FROM ordered_events AS e
    POSITIONAL JOIN event_walk AS w
    POSITIONAL JOIN event_sessions AS s
),

placed AS (
    SELECT
        n.pos, n.rid, n.ck, n.t, n.code, n.belongs, n.journey_no, n.run_no,
        coalesce(m.into_no, n.session_no) AS session_no,
        (CASE WHEN n.waits THEN greatest(n.local_rank, k.start_rank) ELSE n.local_rank END)::UTINYINT AS stage_rank,
        CASE
            WHEN n.belongs THEN 0
            WHEN here.started_t = n.t AND prior.ended_t = n.t THEN 1
            WHEN n.t <= here.ended_t THEN 2
            WHEN coming.started_t - n.t <= getvariable('journey_timeout') THEN 3
            WHEN n.t - here.ended_t <= getvariable('journey_timeout') THEN 4
        END AS place,
        prior.last_rank AS prior_rank,
        coming.start_rank AS coming_rank
    FROM numbered AS n
    LEFT JOIN session_joins AS m ON m.session_no = n.session_no
    LEFT JOIN kept_starts AS k ON k.journey_no = n.journey_no
    LEFT JOIN journey_outlines AS here ON here.journey_no = CASE WHEN NOT n.belongs THEN n.journey_no END AND here.ck = n.ck
    LEFT JOIN journey_outlines AS coming ON coming.journey_no = CASE WHEN NOT n.belongs THEN n.journey_no + 1 END AND coming.ck = n.ck
    LEFT JOIN journey_outlines AS prior ON prior.journey_no = CASE WHEN NOT n.belongs THEN n.journey_no - 1 END AND prior.ck = n.ck
)

SELECT
    pos, rid, ck, t, code, session_no,
    CASE place WHEN 0 THEN journey_no WHEN 1 THEN journey_no - 1 WHEN 3 THEN journey_no + 1 WHEN 2 THEN journey_no WHEN 4 THEN journey_no END AS journey_no,
    (CASE place WHEN 0 THEN stage_rank WHEN 1 THEN prior_rank WHEN 3 THEN coming_rank WHEN 2 THEN stage_rank WHEN 4 THEN stage_rank END)::UTINYINT AS stage_rank,
    run_no
FROM placed
