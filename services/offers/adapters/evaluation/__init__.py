"""Evaluation with scikit-learn, and the logs that it reads."""
