"""Microsoft accounts: what the pages under /settings/connections/microsoft show and do."""
