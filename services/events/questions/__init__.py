"""Questions put to an event."""
