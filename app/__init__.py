"""Settings and wiring: the one place that builds adapters."""
