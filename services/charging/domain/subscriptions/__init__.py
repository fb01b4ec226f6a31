"""Having an offering: its periods, fees and allowances, from the first day to the last."""
