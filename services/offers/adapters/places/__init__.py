"""Where subscribers are: fences on shapely, presences in SQL, location reports."""
