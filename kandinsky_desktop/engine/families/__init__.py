"""How the phases of each family are run. Components are acquired by the executor alone."""
