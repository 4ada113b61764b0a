//! `completions`: a script that completes the commands in a shell.

use super::{Failure, house::House, output};
use clap_complete::Shell;

/// Prints the script.
pub(crate) fn run(house: &House, shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::command(&house.program), &house.program, &mut script);
    output::text(&String::from_utf8_lossy(&script))
}
