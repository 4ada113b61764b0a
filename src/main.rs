//! The reference program: Vestibule as it comes. A project's own `main` begins here and adds what is its own.

use mimalloc::MiMalloc;

/// The system's allocator makes the threads of a server wait for each other; a project's own `main` may leave it out.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> std::process::ExitCode {
    vestibule::Vestibule::builder().run()
}
