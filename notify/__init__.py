"""Telling people: what a mail says, and how it is sent. Knows ports, never adapters."""
