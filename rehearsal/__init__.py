"""The world in small: five services and a Stripe over real HTTP on loopback, and the faults to drill.

Imports nothing else of ours; it is told apart from production only by its addresses and its keys.
"""
