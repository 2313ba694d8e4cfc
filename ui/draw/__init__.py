"""What page Draw shows."""
