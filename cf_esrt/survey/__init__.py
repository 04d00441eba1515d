"""A rating study: protocol, stimuli, order, store, session, export. No Gradio in it.

The walk of one vote: page → `session` → `store`, committed before the page says so → `export` → statistics → report.
"""
