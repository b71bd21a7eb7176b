"""Synthetic web, e-mail and CRM logs in vendors' formats, with the truth beside them.

For trying the product and for testing it; nothing else in the package may import from here.
"""

from journey_analytics.sample.write import SampleSummary, write_sample

__all__ = ["SampleSummary", "write_sample"]
