"""The demo MSP: what the simulators know of the world, and what Seatledger is told of it."""
