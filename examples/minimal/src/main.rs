//! A guest book on Vestibule: `cargo run -p minimal -- serve`.

fn main() -> std::process::ExitCode {
    minimal::program().run()
}
