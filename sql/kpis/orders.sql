-- Orders: conversion events (`conversions` of journey.yaml) in the period.
SELECT
    value_no,
    period,
    orders AS value,
    orders AS numerator,
    NULL::DOUBLE AS denominator,
    NULL::DOUBLE AS effective_n
FROM kpi_orders
