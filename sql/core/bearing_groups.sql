-- by: customer
-- One row per ordered event that bears a traffic source and did not give it to its session: its own channel group, null where it
-- meets nobody, beside that of its session. These events alone need a look at wide rows to tell where customers are met.
WITH bearing AS (
    SELECT p.ck, p.pos, p.t, p.rid, p.code, p.session_no, p.journey_no, t.channel_group AS of_session
    FROM (SELECT * FROM event_places WHERE (code >> 15) & 1 = 1) AS p
    LEFT JOIN session_spans AS s ON s.session_no = p.session_no
    LEFT JOIN session_traits AS t ON t.session_no = p.session_no
    WHERE s.traffic_rid IS DISTINCT FROM p.rid
)

SELECT b.ck, b.pos, b.t, b.code, b.session_no, b.journey_no, b.of_session, g.channel_group
FROM staged_rows AS e
JOIN bearing AS b USING (rid)
LEFT JOIN touch_groups AS g
    ON g.touch_key = touch_key(e.source, e.event_name, e.channel, e.utm_source, e.utm_medium, e.utm_campaign, e.referrer, e.url)
