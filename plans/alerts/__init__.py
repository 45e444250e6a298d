"""What needs a person, as values: found by pure functions, kept with when it was seen, told in digests."""
