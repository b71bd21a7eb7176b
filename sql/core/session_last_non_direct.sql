-- by: customer
-- One row per session: its channel group, unless that is Direct and an earlier session of the customer that is not began at
-- most 30 days before this one: then the latest such session's. Who comes back by a bookmark was brought by that channel.
WITH marked AS (
    SELECT
        s.session_no, s.ck, s.started_t, s.first_pos, t.channel_group,
        CASE WHEN t.channel_group <> 'Direct' THEN {'started_t': s.started_t, 'channel_group': t.channel_group} END AS brought
    FROM session_spans AS s
    JOIN session_traits AS t USING (session_no)
),

carried AS (
    SELECT
        session_no, started_t, channel_group,
        last_value(brought IGNORE NULLS) OVER (
            PARTITION BY ck ORDER BY started_t, first_pos ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS latest
    FROM marked
)

SELECT
    session_no,
    CASE
        WHEN started_t - latest.started_t <= 2592000000000 THEN latest.channel_group
        ELSE channel_group
    END AS last_non_direct_channel_group
FROM carried
