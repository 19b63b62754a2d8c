"""Members: who belongs to a community, and how they are shown."""
