"""Who may see and do what (docs/permissions.md): sign-in, roles, and where requests may come from."""
