"""Where articles stand together, and who looks after them."""
