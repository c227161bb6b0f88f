"""The rules of the judge, by what they look at. Each takes facts and yields findings. Pure."""
