"""Vendors' formats as data: the declarative format and the connectors that come with the package."""
