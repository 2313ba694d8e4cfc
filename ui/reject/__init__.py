"""What page Reject shows."""
