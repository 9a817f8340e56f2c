"""What a report shows, as lines with token counts and as derived facts."""
