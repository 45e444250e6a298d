"""What must change, and may it: agreements, changes, plans, judgement. Pure, but for the protocols in ports."""
