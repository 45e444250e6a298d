"""What the product promises of its speed (P1 to P9), measured beside peers in one run: `make bench`."""
