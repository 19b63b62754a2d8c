"""Leaders: who asks to lead, who is let, and who has led."""
