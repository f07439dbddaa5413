"""Rules on text: what they say, the packs that are shipped, and where in an answer their words are found."""
