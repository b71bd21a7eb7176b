-- Ordered events stand by customer and time: every streaming pass relies on it.
SELECT *
FROM (
    SELECT ck, t, lag(ck) OVER () AS ck_before, lag(t) OVER () AS t_before
    FROM ordered_events
)
WHERE ck_before > ck OR (ck_before = ck AND t_before > t)
