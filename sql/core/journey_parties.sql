-- One row per journey: the combination of segment values that it is summed by, and its party: the customer's number where the
-- customer could count twice in one sum (several journeys, or a session or conversion in none besides), else null.
-- Whoever counts distinct customers by segment adds them up by combination where party is null, and tells them apart only for
-- the others: of a customer with one journey, the journey counts the customer.
WITH several AS (
    SELECT ck FROM journey_spans WHERE journey_number > 1
    UNION
    SELECT ck FROM stray_customers
)

SELECT j.journey_no, j.ck, j.combination, s.ck AS party
FROM journey_traits AS j
LEFT JOIN several AS s USING (ck)
