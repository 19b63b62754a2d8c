"""What all of it amounts to: activity, and every KPI computed from it."""
