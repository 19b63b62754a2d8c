"""What the community knows, written down, revised, reviewed and released."""
