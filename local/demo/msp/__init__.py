"""The large demo: an MSP with twenty-five customers, made by code, the same every time."""
