"""Running without Azure: the host, the simulators, the demo."""
