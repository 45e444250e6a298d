"""Azure's built-in authentication ("Easy Auth"), played on this machine: people, sign-in page, ID tokens."""
