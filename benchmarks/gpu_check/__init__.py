"""`make gpu-check`: is what we say of memory true on a graphics card?

Runs from the sources alone, with a Python that has torch, diffusers and transformers: the published
networks at their real size are made here, of random weights in half precision, and run in each way.
"""
