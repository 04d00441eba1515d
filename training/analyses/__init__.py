"""Figures and analyses: what is drawn or asked beside the tables."""
