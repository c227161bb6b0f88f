"""The wire contract: requests as data, and the recorded answers that every version must give."""
