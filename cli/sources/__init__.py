"""What can be imported: a module per source reads it tolerantly and says what it could not understand."""
