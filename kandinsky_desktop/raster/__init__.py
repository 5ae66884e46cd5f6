"""Pixels as numpy arrays: one arithmetic for window and engine. No Qt, no torch, no disk."""
