-- by: customer
-- One row per run of engagement of one journey in one stage, as far as it can be told inside the journey:
-- where it starts, how many engagements, and whether a kept stage of the journey before may still stand higher (`waits`).
WITH numbered AS NOT MATERIALIZED (
    SELECT row_number() OVER () - 1 AS pos, t, engaged
    FROM event_walk
),

turns AS (
    SELECT row_number() OVER () - 1 AS pos, o.ck, o.t, o.rid, o.code, w.* EXCLUDE (t)
    FROM event_walk AS w
    POSITIONAL JOIN ordered_events AS o
    QUALIFY w.turns
),

-- windows stream over the scan; a join below them would not keep its order
bounded AS (
    SELECT
        row_number() OVER () AS run_no, journey_no::BIGINT AS journey_no, ck, pos, t, rid, code, local_rank::INTEGER AS local_rank, waits, evidence, sequence_rule,
        coalesce(lead(before_engaged_t) OVER (), (SELECT arg_max(e.t, e.pos) FROM numbered AS e WHERE e.engaged)) AS last_t,
        coalesce(lead(engagement_no) OVER (), (SELECT count(*) + 1 FROM event_walk AS e WHERE e.engaged)) - engagement_no AS event_count
    FROM turns
)

SELECT
    b.run_no,
    b.journey_no,
    b.ck,
    b.pos,
    b.t,
    b.rid,
    b.local_rank,
    b.waits,
    b.evidence,
    coalesce(b.sequence_rule, k.rule_no) AS rule_no,
    (b.code >> 17) & 1 = 1 AS is_date_only,
    b.last_t,
    b.event_count
FROM bounded AS b
JOIN event_codes AS k ON k.kind = kind_of(b.code)
