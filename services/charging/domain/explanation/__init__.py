"""Why a charge is what it is: the arithmetic of its price again, step by step, and in plain words.

Nothing here decides anything: it reads what was recorded, and the price or
fee that was in force, and tells how the one came out of the other.
"""
