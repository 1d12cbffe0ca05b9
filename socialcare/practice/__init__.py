"""The practice network: a small social network for training, demonstrations and tests. It knows nothing of the product.

It has customers, a public timeline, private conversations and weather. Brands use its HTTP API (`front`), and hear of
what happens by signed webhooks (`pushes`), as with any other network.
"""
