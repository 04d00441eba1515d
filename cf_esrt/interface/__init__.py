"""The page: photograph in, three synchronised reconstructions out. Importing this package imports nothing heavy."""
