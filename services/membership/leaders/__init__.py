"""Leaders: members who apply to lead."""
