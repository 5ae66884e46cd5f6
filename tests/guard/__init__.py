"""What each Python of the tests imports at its start."""
