"""The room to look through all pictures ever made."""
