//! What a person is told of the device behind a session, read from its `User-Agent`. It is a hint for recognising one's own
//! devices, never a fact: nothing may be decided by it. Called by [`super`] and [`super::store`] alone.

/// Programs by what their `User-Agent` holds; the first that fits counts, since browsers name each other.
const PROGRAMS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-requests/", "Python"),
    ("okhttp/", "an Android program"),
];

/// Systems by what their `User-Agent` holds; the first that fits counts.
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
];

/// Program and system in words: `Firefox on Linux`, `curl`, `Unknown device`.
pub(super) fn name(user_agent: Option<&str>) -> String {
    known(user_agent).unwrap_or_else(|| "Unknown device".to_owned())
}

/// The same; nothing where the program did not tell.
pub(super) fn known(user_agent: Option<&str>) -> Option<String> {
    let agent = user_agent.unwrap_or_default();
    let find = |list: &[(&str, &'static str)]| {
        list.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    match (find(PROGRAMS), find(SYSTEMS)) {
        (Some(program), Some(system)) => Some(format!("{program} on {system}")),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn common_agents_are_told_apart() {
        let linux = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0";
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1";
        let android = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36";
        assert_eq!(name(Some(linux)), "Firefox on Linux");
        assert_eq!(name(Some(edge)), "Edge on Windows");
        assert_eq!(name(Some(phone)), "Safari on iPhone");
        assert_eq!(name(Some(android)), "Chrome on Android");
        assert_eq!(name(Some("curl/8.5.0")), "curl");
        assert_eq!(name(Some("<script>")), "Unknown device");
        assert_eq!(name(None), "Unknown device");
    }
}
