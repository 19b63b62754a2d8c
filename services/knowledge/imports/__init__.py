"""Documents of other systems, and collections as files."""
