"""The Dagster side: assets made from the models, checks, one job, a schedule, a sensor.

Everything here orchestrates; what a step computes stands in `journey_analytics` and `sql/`. Nothing imports this
package but Dagster itself and, lazily, the command `journey run`.
"""
