"""Structures of other communities, converted into files `guildhall apply` takes."""
