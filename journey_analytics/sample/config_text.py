"""The `journey.yaml` that a fresh sample starts with, commented for newcomers."""

CONFIG = """\
# What a run reads and how it understands it. Every key is described in docs/interfaces.md.
# Try it:  journey check --config journey.yaml   and then   journey run --config journey.yaml

# Where the results go: a folder beside this file. Analysts open warehouse/journeys.duckdb.
warehouse: warehouse

# Dates and months in reports follow this time zone. Stored times are always UTC.
timezone: Europe/Amsterdam
currency: EUR

# One entry per log. `connector` says whose format it is; `files` takes patterns relative to this file.
sources:
  # The web shop, tracked with Segment: page views, product views, baskets, orders, log-ins.
  - {name: web, connector: segment, files: web/*.jsonl.gz, class: web}
  # The newsletter, sent with SendGrid: delivered, opened, clicked, bounced, unsubscribed.
  - {name: email, connector: sendgrid, files: email/*.json.gz}
  # Sales to companies, kept in HubSpot: contacts, deals and the history of both.
  - {name: crm, connector: hubspot, files: crm/*.csv}

# Colleagues who test the shop are no customers.
exclude_customers: ["*@ourcompany.example"]

# A pause of more than half an hour starts a new visit ...
sessions: {timeout: 30m}
# ... and a silence of more than 90 days ends a journey.
journeys: {timeout: 90d}

# Awareness, Consideration, Decision, Retention, Loyalty. Write your own list of stages in its place when you
# need other ones.
stages: {model: lifecycle}

# Events that make a visit count as engaged, however short it was.
key_events: [form_submitted, demo_requested, order_completed]

# Every table of results is given for all customers, and apart for each of these.
segments: [device, channel_group, {cohort: month}]
"""
