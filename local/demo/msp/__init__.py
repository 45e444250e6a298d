"""The large demo: an MSP with thirty customers in two PSAs, made by code, the same every time."""
