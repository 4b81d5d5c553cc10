"""What the assistant does about each intent: async functions that decide an `Answer`.

They never send, commit, hold a sentence or see a vendor. `deciding.decide` is the way in.
"""
