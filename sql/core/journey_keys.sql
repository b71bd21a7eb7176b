-- by: customer
-- One row per journey: its public id, a hash of the customer and the moment the journey starts.
WITH ordered AS (
    SELECT
        journey_no, ck, started_t,
        row_number() OVER (
            PARTITION BY ck, started_t ORDER BY journey_no ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS twin
    FROM journey_spans
)

SELECT
    o.journey_no,
    md5(concat(c.customer_id, '|journey|', o.started_t, CASE WHEN o.twin > 1 THEN concat('|', o.twin) END))::UUID AS journey_id
FROM ordered AS o
JOIN customer_numbers AS c USING (ck)
