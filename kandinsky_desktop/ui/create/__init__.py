"""The room to create: words to pictures, one or several of them on the stage."""
