"""Who is who: identifiers seen together become customers, and customer ids survive full rebuilds."""
