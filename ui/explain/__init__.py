"""What page Explain shows, a view a file."""
