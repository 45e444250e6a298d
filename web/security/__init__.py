"""Who may see and do what: sign-in, roles, and where requests may come from."""
