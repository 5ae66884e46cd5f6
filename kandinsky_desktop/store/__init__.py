"""The disk: where things lie, and how they are read and written whole."""
