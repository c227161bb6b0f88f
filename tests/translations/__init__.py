"""The languages of the owner's pages: their catalogs, and what keeps them whole."""
