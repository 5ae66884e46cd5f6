"""What is made of the program for people to install: one module for each kind of thing."""
