"""Table, blob and secret repositories, one per noun."""
