"""What models share as SQL macros: intervals of rates, and texts quoted for the queries that cells carry."""

from __future__ import annotations

#: Bodies of `CREATE MACRO`. `design_effect`: m customers, n journeys, y of them hits, and the sums over customers of
#: y_c², y_c·n_c and n_c². `wilson_*`: the ends of the 95 % interval of a share p out of n, null where there is nothing.
#: `effective_n`: the n at which Wilson's interval of p is as wide as from low to high (its width solved for n).
#: `two_sided_p`: of a standard normal z, by the Chebyshev fit of erfc in Numerical Recipes (relative error under 2e-7,
#: which must not lead beyond 1).
#: `told_pain`: what a pain_points row calls an error or a ticket.
RATES: tuple[str, ...] = (
    "design_effect(m, n, y, yy, yn, nn) AS CASE WHEN m < 2 OR y = 0 OR y = n THEN 1 ELSE greatest(1, "
    "(m / (m - 1)) * (yy - 2 * (y / n) * yn + (y / n) ** 2 * nn) / n ** 2 / ((y / n) * (1 - y / n) / n)) END",
    "wilson_low(p, n) AS CASE WHEN n > 0 THEN least(p, greatest(0, (p + 1.959964 ** 2 / (2 * n) "
    "- 1.959964 * sqrt(p * (1 - p) / n + 1.959964 ** 2 / (4 * n ** 2))) / (1 + 1.959964 ** 2 / n))) END",
    "wilson_high(p, n) AS CASE WHEN n > 0 THEN greatest(p, least(1, (p + 1.959964 ** 2 / (2 * n) "
    "+ 1.959964 * sqrt(p * (1 - p) / n + 1.959964 ** 2 / (4 * n ** 2))) / (1 + 1.959964 ** 2 / n))) END",
    "half_width_share(p, h) AS (sqrt((p * (1 - p) - 2 * h ** 2) ** 2 + (1 - 4 * h ** 2) * h ** 2) "
    "- (p * (1 - p) - 2 * h ** 2)) / (0.5 - 2 * h ** 2)",
    "effective_n(p, low, high) AS 1.959964 ** 2 / half_width_share(p, (high - low) / 2)",
    "erfc_tail(x, t) AS t * exp(-x * x - 1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 "
    "+ t * (-0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 "
    "+ t * (-0.82215223 + t * 0.17087277)))))))))",
    "two_sided_p(z) AS least(1.0::DOUBLE, erfc_tail(abs(z) / sqrt(2), 1 / (1 + abs(z) / sqrt(8))))",
    "told_pain(event_name, properties, path) AS CASE event_name WHEN 'error_shown' THEN concat('Error shown', ': ' || "
    "left(coalesce(properties ->> '$.message', properties ->> '$.error', properties ->> '$.code', path), 80)) "
    "ELSE 'Ticket opened' END",
    "sql_text(words) AS concat(chr(39), replace(words, chr(39), chr(39) || chr(39)), chr(39))",
)
