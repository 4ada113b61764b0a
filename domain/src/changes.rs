//! How a revocation reaches every cache of every process.
