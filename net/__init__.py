"""The way out: allow-listed HTTP clients, retries of idempotent reads, redaction."""
