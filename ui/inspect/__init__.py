"""What page Inspect shows."""
