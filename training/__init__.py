"""The trainer: data, losses, phases, the loop, evaluation. It imports `cf_esrt`, never the reverse."""
