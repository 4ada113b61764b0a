//! The master secret and everything derived from it; minting and hashing of tokens.
