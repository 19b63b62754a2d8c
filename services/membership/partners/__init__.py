"""Partners: organisations to do something with, and what the community proposes to them."""
