"""Speakers and how they are invited."""
