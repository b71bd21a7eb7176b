-- by: customer
-- One row per session: its public id and its number within the customer. The id is a hash of the customer, the class and
-- the moment it starts, so it does not shift when an earlier session appears late; a UUID, because 16 fixed
-- bytes are written and joined at a quarter of the cost of a text.
WITH ordered AS (
    SELECT
        s.session_no, s.ck, s.class, s.started_t,
        row_number() OVER (
            PARTITION BY s.ck ORDER BY s.started_t, s.first_pos ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS session_number,
        row_number() OVER (
            PARTITION BY s.ck, s.class, s.started_t ORDER BY s.first_pos ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS twin
    FROM session_spans AS s
)

SELECT
    o.session_no,
    o.session_number,
    md5(concat(c.customer_id, '|', o.class, '|', o.started_t, CASE WHEN o.twin > 1 THEN concat('|', o.twin) END))::UUID AS session_id
FROM ordered AS o
JOIN customer_numbers AS c USING (ck)
