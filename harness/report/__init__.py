"""What a user reads after a run."""
