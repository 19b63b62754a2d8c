"""Reminders at the right local time."""
