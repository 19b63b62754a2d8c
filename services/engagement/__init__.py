"""Engagement: what people say, read and like, here and on other platforms."""
