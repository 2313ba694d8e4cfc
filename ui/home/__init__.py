"""What page Home shows."""
