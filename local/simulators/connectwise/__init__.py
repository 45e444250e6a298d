"""Plays ConnectWise PSA: its documented REST API, its quirks and its failures."""
