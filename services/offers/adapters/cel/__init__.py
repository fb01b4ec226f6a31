"""Rules and texts of offers in the Common Expression Language."""
