"""Who knows what, and who worked with whom."""
