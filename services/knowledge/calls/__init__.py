"""What the community would like somebody to write."""
