"""What models share as SQL macros: intervals of rates, and texts quoted for the queries that cells carry."""

from __future__ import annotations

#: Bodies of `CREATE MACRO`. `design_effect`: m customers, n journeys, y of them hits, and the sums over customers of
#: y_c², y_c·n_c and n_c². `wilson_*`: the ends of the 95 % interval of a share p out of n, null where there is nothing.
RATES: tuple[str, ...] = (
    "design_effect(m, n, y, yy, yn, nn) AS CASE WHEN m < 2 OR y = 0 OR y = n THEN 1 ELSE greatest(1, "
    "(m / (m - 1)) * (yy - 2 * (y / n) * yn + (y / n) ** 2 * nn) / n ** 2 / ((y / n) * (1 - y / n) / n)) END",
    "wilson_low(p, n) AS CASE WHEN n > 0 THEN least(p, greatest(0, (p + 1.959964 ** 2 / (2 * n) "
    "- 1.959964 * sqrt(p * (1 - p) / n + 1.959964 ** 2 / (4 * n ** 2))) / (1 + 1.959964 ** 2 / n))) END",
    "wilson_high(p, n) AS CASE WHEN n > 0 THEN greatest(p, least(1, (p + 1.959964 ** 2 / (2 * n) "
    "+ 1.959964 * sqrt(p * (1 - p) / n + 1.959964 ** 2 / (4 * n ** 2))) / (1 + 1.959964 ** 2 / n))) END",
    "sql_text(words) AS concat(chr(39), replace(words, chr(39), chr(39) || chr(39)), chr(39))",
)
