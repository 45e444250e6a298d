"""Plays Microsoft: the sign-in of a multi-tenant application and the Graph reads that need it."""
