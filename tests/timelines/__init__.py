"""The money is right to the cent (promise R15): random seat timelines, real nights, simulated invoices, one oracle.

Each seed of `tests.oracle.timelines` is played night by night through the steps of `sync/` and the ConnectWise adapter,
and every invoice that the simulated ConnectWise makes is compared with what `tests.oracle` expects.

world: one customer and the nights. reader: what Microsoft answers. direct: the way to ConnectWise. invoicing:
ConnectWise's accounting. playing: a scenario from its first reading to its last. journeys: mappings that move, split,
merge and adopt (`tests.oracle.journeys`). comparing: invoices and credit proposals against the oracle. figures: what
many seeds came to. many: many seeds, on several processes.
"""
