"""Whole nights on the local stack: Microsoft's worker and engine, Azurite, the simulators."""
