"""One module a task: a request in, pictures out."""
