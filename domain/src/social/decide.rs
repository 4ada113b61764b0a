//! What becomes of whom a provider vouches for: pure. Called by [`super`] alone.
