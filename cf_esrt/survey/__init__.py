"""The MOS survey, from protocol to report. Nothing here imports Gradio."""
