"""What every agreement invoice must come to, worked out from the rules alone (promise R15).

This package knows neither the product nor what plays the PSA: it imports the standard library and itself, and
tests/unit/oracle/test_imports.py fails on anything else. It was written from design/03 sections 1, 2, 3, 6 and 10 and
reference/connectwise.md section 4. Where those leave room, the choice stands in the docstring that makes it.

facts: what happened. counting: readings -> owed seats. invoicing: owed seats -> invoices and credit proposals.
timelines: random stories. transfers: mappings that move, split, merge or adopt, cut into scenarios; journeys: random
ones. telling: a story in words, shrunk, and whether the rules decide it to the cent.
"""
