"""Bring a community to what a file declares: read it, plan the difference, apply it."""
