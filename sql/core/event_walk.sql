-- by: customer
-- One row per ordered event, in the same order (what else is known of the event stands there, joined by position; `t` only proves
-- that the rows agree): the customer's engagement walked once, each boundary told from the row before.
-- All windows stream over the scan (no PARTITION BY, no sort). A journey starts at an engagement of another customer than
-- the one before, after a silence longer than the timeout, or after a `lost` event. The stage under way is a running
-- maximum inside groups that begin wherever the stage is set outright: rules that only move forward raise it, others
-- set it. `waits` marks a group that begins at the journey's start without being set, where a kept stage may still
-- stand higher (it is only known once the journey before is, see `visit_runs`).
WITH carried AS (
    SELECT
        *,
        last_value(CASE WHEN engaged OR lost THEN t END IGNORE NULLS) OVER run AS last_t,
        last_value(CASE WHEN engaged OR lost THEN ck END IGNORE NULLS) OVER run AS last_ck,
        last_value(CASE WHEN engaged THEN true WHEN lost THEN false END IGNORE NULLS) OVER run AS last_engaged,
        last_value(CASE WHEN engaged THEN t END IGNORE NULLS) OVER run AS last_engaged_t,
        count(*) FILTER (engaged) OVER run AS engagement_no
    FROM judged_events
    WINDOW run AS (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),

compared AS (
    SELECT
        *,
        lag(last_t) OVER () AS before_t,
        lag(last_ck) OVER () AS before_ck,
        lag(last_engaged) OVER () AS before_engaged,
        lag(last_engaged_t) OVER () AS before_engaged_t
    FROM carried
),

bounded AS (
    SELECT
        *,
        engaged AND (
            before_ck IS DISTINCT FROM ck
            OR NOT before_engaged
            OR t - before_t > getvariable('journey_timeout')
        ) AS starts,
        lost AND before_ck IS NOT DISTINCT FROM ck AND before_engaged AND t - before_t <= getvariable('journey_timeout') AS ends
    FROM compared
),

grouped AS (
    SELECT
        *,
        count(*) FILTER (starts) OVER run AS journey_no,
        count(*) FILTER (starts OR (engaged AND evidence > 0 AND sets)) OVER run AS group_no,
        last_value(
            CASE WHEN starts OR (engaged AND evidence > 0 AND sets) THEN NOT (evidence > 0 AND sets) END IGNORE NULLS
        ) OVER run AS waits
    FROM bounded
    WINDOW run AS (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),

staged AS (
    SELECT
        *,
        max(CASE WHEN engaged THEN group_no * 64 + CASE WHEN starts THEN greatest(evidence, 1) ELSE evidence END END)
            OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS reached
    FROM grouped
),

turned AS (
    SELECT
        *,
        engaged AND (
            starts
            OR (reached & 63) <> (lag(reached) OVER () & 63)
            OR waits <> lag(waits) OVER ()
        ) AS turns
    FROM staged
)

SELECT
    t, engaged, ends, turns,
    journey_no::INTEGER AS journey_no,
    (reached & 63)::UTINYINT AS local_rank,
    waits,
    CASE WHEN turns THEN evidence::UTINYINT END AS evidence,
    CASE WHEN turns THEN sequence_rule::SMALLINT END AS sequence_rule,
    CASE WHEN turns THEN engagement_no END AS engagement_no,
    CASE WHEN turns THEN before_engaged_t END AS before_engaged_t
FROM turned
