"""What knowledge knows of members from the facts of others."""
