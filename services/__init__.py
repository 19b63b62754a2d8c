"""One folder per service; `ls` of a folder reads as its feature list."""
