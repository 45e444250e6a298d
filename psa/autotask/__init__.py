"""Autotask PSA: translate (pure)."""
