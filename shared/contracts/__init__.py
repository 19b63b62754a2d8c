"""The facts each service publishes, one module per owner."""
