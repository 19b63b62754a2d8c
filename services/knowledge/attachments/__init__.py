"""Pictures of articles."""
