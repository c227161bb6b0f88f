"""Decides who may do what. Pure: no tornado, no I/O, no clock."""
