"""What is done for many customers at once."""
