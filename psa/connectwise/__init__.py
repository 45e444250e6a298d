"""ConnectWise PSA: client (HTTP), translate (pure), adapter (the port)."""
