"""Evaluations: what an event came to."""
