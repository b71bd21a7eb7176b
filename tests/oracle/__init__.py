"""A slow, obvious second implementation of docs/semantics.md, for comparison with the pipeline.

Standard library only, written from the document alone. It shares no code with `journey_analytics`
or `sql/`, and must not: its worth is its independence. How each doubtful sentence was read: README.md.
"""
