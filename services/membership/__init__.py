"""Who belongs to which community, and in which role."""
