"""Stakeholders: who has an interest in the community without being a member."""
