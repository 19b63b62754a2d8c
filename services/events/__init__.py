"""Events: formats, series, registrations, attendance, calendars."""
