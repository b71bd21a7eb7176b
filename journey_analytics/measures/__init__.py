"""The calculations, on any log of events: funnels, sessions, graphs, paths, identities, attribution.

Everything here answers with a frame or a graph and draws nothing. `journey_analytics` exports the public names.
"""
