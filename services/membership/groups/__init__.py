"""Groups: chapters, working groups, networks, cohorts and segments."""
