"""The pages, built with Gradio. Importing this package imports nothing heavy."""
