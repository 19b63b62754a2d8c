"""Calendars: feeds, imports and subscriptions."""
