"""One HTML file that opens without a network: templates, one stylesheet, one script, and the rows inside it.

The summary is HTML and SVG made here, so it can be read and printed without a script. The rows are columns, packed with
gzip inside the file; the script draws the part of the list that is seen.
"""
