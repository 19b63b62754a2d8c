"""Formats: ways to meet the community learns from."""
