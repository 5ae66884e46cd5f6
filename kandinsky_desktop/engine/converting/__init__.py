"""From the original files of Kandinsky 2.0 and 2.1 to folders that models are loaded from."""
