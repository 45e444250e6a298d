"""What to bill, pure: readings, licences, billing profiles, mappings, quantities."""
