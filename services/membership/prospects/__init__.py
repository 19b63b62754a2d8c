"""Prospects: people who may come to belong, whom the community may return to."""
