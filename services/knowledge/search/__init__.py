"""What is found, how it is ranked, and what was not found."""
