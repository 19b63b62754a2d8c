"""Promises: what was promised to whom, until when, and whether it was kept."""
