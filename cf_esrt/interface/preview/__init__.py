"""The clinician's page: photograph in, synchronised reconstructions out."""
