"""The night: orchestrators, steps, and the protocol of one write. Knows ports, never adapters."""
