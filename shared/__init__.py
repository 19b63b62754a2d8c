"""The kit every service stands on."""
