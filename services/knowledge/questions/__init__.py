"""What members ask each other, and what they answer."""
