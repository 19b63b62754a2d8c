"""Promises: what the community said it would do, and whether it did."""
