"""Prospects: people who may join one day, and what they want."""
