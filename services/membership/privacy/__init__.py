"""Data requests: everything about a person handed to them, or forgotten by every service."""
