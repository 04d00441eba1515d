"""Scores: methods compared on photographs, with tables and confidence intervals."""
