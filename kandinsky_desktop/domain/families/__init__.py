"""Kinds of models: how each is recognised by its configs, and how it plans a request."""
