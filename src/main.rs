//! The reference program: Vestibule as it comes. A project's own `main` begins here and adds what is its own.

fn main() -> std::process::ExitCode {
    vestibule::Vestibule::builder().run()
}
