//! Tests of the program from the outside: through its router, and as a process.

mod cli;
