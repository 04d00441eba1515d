"""A whole archive by one command: ``python -m cf_esrt archive SOURCE -o TARGET``.

One pipeline (`pipeline`: read in the guarded decoder, enhance, write atomically) and executors that differ only in
where it runs: processes of this machine (`processes`). What was made stands in a manifest of Parquet files
(`manifest`), which a later run reads first: it makes what is new, and nothing twice.

Needs the packages of ``requirements-archive.txt``.
"""
