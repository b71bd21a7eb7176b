"""Synthetic web, e-mail and CRM logs in vendors' formats, with the truth beside them.

For trying the product and for testing it; nothing else in the package may import from here.
"""

from journey_analytics.sample.write import write_sample
from journey_analytics.sample.write_truth import SampleSummary

__all__ = ["SampleSummary", "write_sample"]
