-- by: customer
-- One row per session: where it begins and ends, what it holds, and which event first bears a traffic source or device.
WITH numbered AS (
    SELECT row_number() OVER () - 1 AS pos, s.session_no, e.ck, e.t, e.rid, e.code
    FROM event_sessions AS s
    POSITIONAL JOIN ordered_events AS e
),

members AS (
    SELECT n.* REPLACE (coalesce(m.into_no, n.session_no)::BIGINT AS session_no)
    FROM numbered AS n
    LEFT JOIN session_joins AS m ON m.session_no = n.session_no
    WHERE n.session_no IS NOT NULL
)

SELECT
    session_no,
    min(ck) AS ck,
    count(*) AS event_count,
    min(t) AS started_t,
    max(t) AS ended_t,
    min(pos) AS first_pos,
    max(pos) AS last_pos,
    arg_min(code, pos) AS first_code,
    (first_code >> 8) & 3 AS class,
    arg_max(code, pos) AS last_code,
    count(*) FILTER ((code >> 10) & 1 = 1) AS view_count,
    bool_or((code >> 11) & 1 = 1) AS has_key_event,
    arg_min(rid, pos) FILTER ((code >> 15) & 1 = 1) AS traffic_rid,
    arg_min(rid, pos) FILTER ((code >> 16) & 1 = 1) AS device_rid
FROM members
GROUP BY session_no
