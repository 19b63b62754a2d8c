"""What was found right, until when, and what has to be looked at again."""
