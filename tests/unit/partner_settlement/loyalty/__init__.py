"""Loyalty: vouchers earned and redeemed."""
