"""What is published: the inference file, the runs it comes from, its model card."""
