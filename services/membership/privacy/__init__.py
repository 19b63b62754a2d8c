"""Privacy: what a person can ask of us: their data, or to be forgotten."""
