"""Demographics: what members say about themselves, sealed, told only as aggregates."""
