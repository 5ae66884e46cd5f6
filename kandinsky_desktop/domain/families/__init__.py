"""The kinds of models: each family recognises its folders and compiles requests to plans."""
