"""Random walks: whatever people may do to a customer's lines in ten weeks, and what no day may bill then."""
