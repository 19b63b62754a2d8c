"""Partners: organisations the community works with, and what they are offered."""
