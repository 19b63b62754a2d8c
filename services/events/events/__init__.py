"""Events: when and where people meet, and what becomes of it."""
