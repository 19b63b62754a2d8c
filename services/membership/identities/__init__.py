"""Identities: who a member is on other platforms."""
