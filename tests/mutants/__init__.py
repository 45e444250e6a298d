"""Mutants: the pure core, broken in one place at a time, to see that a test notices (R17; docs/testing.md)."""
