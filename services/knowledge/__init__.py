"""Knowledge: what the community knows, and whether it can be found and trusted."""
