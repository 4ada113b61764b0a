//! Sessions: what it means to be signed in.
