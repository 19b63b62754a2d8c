"""Registrations: who has a seat, and who waits for one."""
