"""Consents: what members agreed to, for which purpose, under which policy."""
