"""Demographics: what members say about themselves, sealed, and told of groups of ten or more only."""
