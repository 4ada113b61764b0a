//! Questions to a person, and secrets from standard input. Nothing is asked where nobody can answer: both ends must be a
//! terminal, and `--json` asks nothing.

use super::{Failure, Output};
use inquire::{Confirm, InquireError, Password, PasswordDisplayMode, Text};
use std::io::{self, IsTerminal as _, Read as _};
use vestibule_model::{Secret, values::password::MAX_BYTES};

/// Whether somebody can be asked.
pub(crate) fn can_ask(output: Output) -> bool {
    !output.is_json() && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a line of text.
///
/// # Errors
/// [`Failure::Usage`] naming `instead` where nobody can be asked; [`Failure::Interrupted`].
pub(crate) fn text(output: Output, question: &str, instead: &str) -> Result<String, Failure> {
    must_ask(output, instead)?;
    Text::new(question).prompt().map_err(broken_off)
}

/// Asks for a new password, twice.
///
/// # Errors
/// As [`text`].
pub(crate) fn new_password(output: Output) -> Result<Secret, Failure> {
    must_ask(output, "give the password by --password-stdin")?;
    let prompt = Password::new("Password:").with_display_mode(PasswordDisplayMode::Hidden);
    prompt.with_custom_confirmation_message("Once more:").prompt().map(Secret::new).map_err(broken_off)
}

/// Asks whether to go on with something that cannot be undone.
///
/// # Errors
/// As [`text`]; [`Failure::Declined`] for a no.
pub(crate) fn sure(output: Output, question: &str) -> Result<(), Failure> {
    must_ask(output, "this cannot be undone; confirm it by --yes")?;
    let yes = Confirm::new(question).with_default(false).prompt().map_err(broken_off)?;
    if yes { Ok(()) } else { Err(Failure::Declined) }
}

/// A password from standard input: all of it, without the line end.
///
/// # Errors
/// [`Failure::Input`] when it is no text, holds several lines, or is longer than any password may be.
pub(crate) fn password_from_stdin() -> Result<Secret, Failure> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_BYTES + 3).unwrap_or(u64::MAX);
    let read = io::stdin().lock().take(most).read_to_end(&mut bytes);
    read.map_err(|cause| Failure::Io("standard input".to_owned(), cause))?;
    parse_password(bytes)
}

fn parse_password(bytes: Vec<u8>) -> Result<Secret, Failure> {
    let refuse = |said: &str| Failure::Input(format!("standard input: {said}"));
    let text = String::from_utf8(bytes).map_err(|_| refuse("the password is not UTF-8"))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.contains(['\n', '\r']) {
        return Err(refuse("expected one line, the password"));
    }
    if text.len() > MAX_BYTES {
        return Err(refuse("the password is too long"));
    }
    Ok(Secret::new(text))
}

fn must_ask(output: Output, instead: &str) -> Result<(), Failure> {
    if can_ask(output) { Ok(()) } else { Err(Failure::Usage(format!("nobody can be asked here: {instead}"))) }
}

fn broken_off(cause: InquireError) -> Failure {
    match cause {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => Failure::Interrupted,
        other => Failure::Io("the question".to_owned(), io::Error::other(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_one_line_of_text() {
        for (given, kept) in [("pass word\n", "pass word"), ("p\r\n", "p"), (" p ", " p "), ("", "")] {
            assert_eq!(parse_password(given.into()).unwrap().expose(), kept);
        }
        for bad in [b"a\nb\n".to_vec(), vec![0xff, 0xfe], vec![b'a'; MAX_BYTES + 1]] {
            assert!(matches!(parse_password(bad), Err(Failure::Input(_))));
        }
    }
}
