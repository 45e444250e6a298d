"""Plays a mail server: takes mail by SMTP with TLS, and shows on a page what it took."""
