-- by: customer
-- parts: ck
-- One row per touchpoint up to as_of: customer and company meet through a channel. A visit (a session) is one, with its channel group;
-- so is an event in it that bears another group of its own, and the visit again where it goes on after a conversion (then it belongs
-- to the next path). Outside sessions every event of a channel group is one, but what a conversion's row alone says of Direct, and what
-- machines did. Of touchpoints of one channel group that follow each other within the session timeout, no conversion between, the first
-- counts. place: twice the event's position, odd right after it. conversions_before: the customer's conversions up to there.
WITH visits AS (
    SELECT s.session_no, s.ck, s.first_pos, s.last_pos, s.started_t, s.traffic_rid, t.channel_group
    FROM session_spans AS s
    JOIN session_traits AS t USING (session_no)
),

kind_groups AS (
    SELECT k.kind, g.channel_group
    FROM event_kinds AS k
    JOIN touch_groups AS g ON g.touch_key = k.kind::UBIGINT
    WHERE k.actor <> 'machine' AND g.channel_group IS NOT NULL
),

met AS (
    SELECT v.ck, 2 * v.first_pos AS place, v.started_t AS t, p.journey_no, v.channel_group
    FROM event_places AS p
    JOIN visits AS v ON v.first_pos = p.pos
    UNION ALL
    SELECT p.ck, 2 * p.pos + 1, p.t, p.journey_no, v.channel_group
    FROM (SELECT * FROM event_places WHERE (code >> 12) & 1 = 1 AND session_no IS NOT NULL) AS p
    JOIN visits AS v ON v.session_no = p.session_no
    WHERE v.last_pos > p.pos
    UNION ALL
    SELECT p.ck, 2 * p.pos, p.t, p.journey_no, k.channel_group
    FROM (SELECT * FROM event_places WHERE session_no IS NULL AND (code >> 15) & 1 = 0) AS p
    JOIN kind_groups AS k ON k.kind = kind_of(p.code)
    WHERE NOT ((p.code >> 12) & 1 = 1 AND k.channel_group = 'Direct')
    UNION ALL
    SELECT b.ck, 2 * b.pos, b.t, b.journey_no, b.channel_group
    FROM bearing_groups AS b
    JOIN event_kinds AS k ON k.kind = kind_of(b.code)
    WHERE k.actor <> 'machine'
      AND b.channel_group IS DISTINCT FROM b.of_session
      AND NOT (b.session_no IS NULL AND (b.code >> 12) & 1 = 1 AND b.channel_group = 'Direct')
),

-- a conversion stands after the touchpoint that it is itself
numbered AS (
    SELECT
        *,
        count(*) FILTER (channel_group IS NULL) OVER (
            PARTITION BY ck ORDER BY place, channel_group IS NULL ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS conversions_before
    FROM (
        SELECT * FROM met WHERE channel_group IS NOT NULL
        UNION ALL
        SELECT ck, 2 * pos, t, NULL, NULL FROM conversions
    )
),

compared AS (
    SELECT
        *,
        coalesce(
            lag(channel_group) OVER path = channel_group AND t - lag(t) OVER path <= getvariable('session_timeout'), false
        ) AS goes_on
    FROM numbered
    WHERE channel_group IS NOT NULL
    WINDOW path AS (PARTITION BY ck, conversions_before ORDER BY place, channel_group)
)

SELECT ck, place, t, journey_no, channel_group, conversions_before
FROM compared
WHERE NOT goes_on
