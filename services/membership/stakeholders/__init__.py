"""Stakeholders: whose word counts before something is decided."""
