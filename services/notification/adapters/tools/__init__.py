"""The tools as they are called: schemas, words, proposals in SQL, and who may call for whom."""
