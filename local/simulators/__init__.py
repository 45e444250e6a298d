"""Programs that play the outside world: Microsoft's sign-in and Graph, and ConnectWise PSA."""
