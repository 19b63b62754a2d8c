"""Merges: two members who turn out to be one person."""
