"""Roles: what members may do."""
