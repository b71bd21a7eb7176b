"""Daily full exports of a table as change events: when each was taken, what it is compared with, what changed."""
