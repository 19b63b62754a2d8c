"""From Markdown to HTML that harms nobody."""
