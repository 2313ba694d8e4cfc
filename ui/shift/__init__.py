"""What page Shift shows, a view a file."""
