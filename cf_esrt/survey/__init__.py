"""A rating study: protocol, stimuli, order, store, session, export. No Gradio in it.

One vote's way: page → `session` → `store`, committed before the page says so → `export` → statistics → report.
"""
