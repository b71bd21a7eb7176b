"""The configurations that a fresh sample starts with, commented for newcomers."""

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
  # Questions and complaints in Zendesk, with their text: tickets, comments, who wrote them.
  - {name: support, connector: zendesk, files: support/*.json}
  # Answers to the shop's own survey: NPS and satisfaction, with a comment.
  - {name: surveys, connector: survey, files: surveys/*.csv, timezone: Europe/Amsterdam}
  # Any other log is described in place. This one is the till's: visits and purchases in the stores.
  - name: stores
    connector: table
    channel: store
    files: stores/*.csv
    timezone: Europe/Amsterdam
    columns: {occurred_at: local_time, event_name: what, event_id: receipt, value: amount}
    identifiers: {email: card_email}
    events: {visit: store_visited, purchase: order_completed}

# Colleagues who test the shop are no customers.
exclude_customers: ["*@ourcompany.example"]

# A pause of more than half an hour starts a new visit ...
sessions: {timeout: 30m}
# ... and a silence of more than 90 days ends a journey.
journeys: {timeout: 90d}

# What machines do in people's names (mail programs, link scanners, crawlers) counts for nothing. These are the
# defaults; `false` switches a rule off.
machine: {user_agents: true, privacy_proxies: true, fast_clicks: 5s, link_bursts: {links: 3, within: 5s}}

# Awareness, Consideration, Decision, Retention, Loyalty. Write your own list of stages in its place when you
# need other ones, as sales.yaml does.
stages: {model: lifecycle}

# Events that make a visit count as engaged, however short it was.
key_events: [form_submitted, demo_requested, order_completed]

# Channel groups are Google Analytics' own; rules of yours come first, such as:
# channel_rules: [{channel_group: Partner, traffic_sources: [biketowork.example]}]

# Every table of results is given for all customers, and apart for each of these.
segments: [device, browser, channel_group, campaign, {cohort: month}]

# The steps to an order, and how many get from one to the next within a fortnight.
funnels:
  - {name: checkout, steps: [product_viewed, cart_added, checkout_started, order_completed], window: 14d}
"""

SALES = """\
# The sales team's view of the same logs: every stage of a deal is a stage of the journey.
#   journey run --config sales.yaml
warehouse: warehouse-sales
timezone: Europe/Amsterdam
currency: EUR
sources:
  - {name: crm, connector: hubspot, files: crm/*.csv}
journeys: {timeout: 120d, horizon: 150d}
# A deal may go back a stage and come again, so each stage may be entered from a later one.
stages:
  - {name: Lead}
  - name: Appointment
    rules: [{events: [deal_stage_changed], where: "properties->>'value' = 'appointmentscheduled'"}]
  - name: Qualified
    rules: [{events: [deal_stage_changed], where: "properties->>'value' = 'qualifiedtobuy'"}]
  - name: Presentation
    rules: [{events: [deal_stage_changed], where: "properties->>'value' = 'presentationscheduled'"}]
  - name: Bought-In
    rules: [{events: [deal_stage_changed], where: "properties->>'value' = 'decisionmakerboughtin'"}]
  - name: Contract
    rules: [{events: [deal_stage_changed], where: "properties->>'value' = 'contractsent'"}]
  - {name: Customer, keeps: true, rules: [{events: [deal_won]}]}
segments: [{cohort: quarter}]
"""
