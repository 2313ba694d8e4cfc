"""What page Explain shows: one file per view, and their parts."""
