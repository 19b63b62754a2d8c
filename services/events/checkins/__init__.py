"""Check-ins: who came."""
