"""What events knows of members from the facts of others."""
