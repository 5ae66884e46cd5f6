"""The recipe of the starter model: from published pictures to diffusers folders."""
