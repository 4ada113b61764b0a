//! A whole domain on a throwaway database with a fixed clock, for tests of this workspace and of projects built on it.
