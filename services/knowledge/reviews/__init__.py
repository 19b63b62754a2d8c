"""Others read a draft before it is released."""
