"""What somebody should see to."""
