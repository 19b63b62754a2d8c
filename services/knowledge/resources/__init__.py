"""What lies elsewhere and is worth knowing of."""
