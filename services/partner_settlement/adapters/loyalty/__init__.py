"""Loyalty: vouchers earned as records are accrued, and redeemed with partners."""
