//! A language a person may be written to in: a BCP 47 tag (RFC 5646) out of a list, never free text.

use crate::Problem;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A tag of [`LANGUAGES`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "utoipa", schema(value_type = String, example = "en-GB"))]
pub struct Language(String);

/// Tag and own name of every language to choose from, by tag.
pub const LANGUAGES: &[(&str, &str)] = &[
    ("af", "Afrikaans"),
    ("am", "አማርኛ"),
    ("ar", "العربية"),
    ("az", "Azərbaycan"),
    ("be", "Беларуская"),
    ("bg", "Български"),
    ("bn", "বাংলা"),
    ("bs", "Bosanski"),
    ("ca", "Català"),
    ("cs", "Čeština"),
    ("cy", "Cymraeg"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("de-AT", "Deutsch (Österreich)"),
    ("de-CH", "Deutsch (Schweiz)"),
    ("el", "Ελληνικά"),
    ("en", "English"),
    ("en-AU", "English (Australia)"),
    ("en-CA", "English (Canada)"),
    ("en-GB", "English (United Kingdom)"),
    ("en-IN", "English (India)"),
    ("en-US", "English (United States)"),
    ("es", "Español"),
    ("es-419", "Español (Latinoamérica)"),
    ("es-MX", "Español (México)"),
    ("et", "Eesti"),
    ("eu", "Euskara"),
    ("fa", "فارسی"),
    ("fi", "Suomi"),
    ("fil", "Filipino"),
    ("fr", "Français"),
    ("fr-BE", "Français (Belgique)"),
    ("fr-CA", "Français (Canada)"),
    ("fr-CH", "Français (Suisse)"),
    ("ga", "Gaeilge"),
    ("gl", "Galego"),
    ("gu", "ગુજરાતી"),
    ("he", "עברית"),
    ("hi", "हिन्दी"),
    ("hr", "Hrvatski"),
    ("hu", "Magyar"),
    ("hy", "Հայերեն"),
    ("id", "Bahasa Indonesia"),
    ("is", "Íslenska"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ka", "ქართული"),
    ("kk", "Қазақ тілі"),
    ("km", "ខ្មែរ"),
    ("kn", "ಕನ್ನಡ"),
    ("ko", "한국어"),
    ("lb", "Lëtzebuergesch"),
    ("lt", "Lietuvių"),
    ("lv", "Latviešu"),
    ("mk", "Македонски"),
    ("ml", "മലയാളം"),
    ("mn", "Монгол"),
    ("mr", "मराठी"),
    ("ms", "Bahasa Melayu"),
    ("mt", "Malti"),
    ("my", "မြန်မာ"),
    ("nb", "Norsk bokmål"),
    ("ne", "नेपाली"),
    ("nl", "Nederlands"),
    ("nl-BE", "Nederlands (België)"),
    ("nn", "Norsk nynorsk"),
    ("pa", "ਪੰਜਾਬੀ"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("pt-BR", "Português (Brasil)"),
    ("pt-PT", "Português (Portugal)"),
    ("ro", "Română"),
    ("ru", "Русский"),
    ("si", "සිංහල"),
    ("sk", "Slovenčina"),
    ("sl", "Slovenščina"),
    ("sq", "Shqip"),
    ("sr", "Српски"),
    ("sv", "Svenska"),
    ("sw", "Kiswahili"),
    ("ta", "தமிழ்"),
    ("te", "తెలుగు"),
    ("th", "ไทย"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("ur", "اردو"),
    ("uz", "Oʻzbek"),
    ("vi", "Tiếng Việt"),
    ("zh-Hans", "简体中文"),
    ("zh-Hant", "繁體中文"),
    ("zu", "isiZulu"),
];

impl Language {
    /// Parses a tag, in any letter case (RFC 5646 2.1.1).
    ///
    /// # Errors
    /// [`Problem::Required`] or [`Problem::NotOffered`].
    pub fn parse(typed: &str) -> Result<Self, Problem> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(Problem::Required);
        }
        let found = LANGUAGES.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(typed));
        found.map(|(tag, _)| Self((*tag).to_owned())).ok_or(Problem::NotOffered)
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the language calls itself.
    pub fn own_name(&self) -> &str {
        LANGUAGES.iter().find(|(tag, _)| *tag == self.0).map_or(&self.0, |(_, name)| name)
    }
}

impl TryFrom<String> for Language {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|problem| problem.code())
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_sorted_and_found_in_any_case() {
        assert!(LANGUAGES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let found = Language::parse(" ZH-hant ").unwrap();
        assert_eq!((found.as_str(), found.own_name()), ("zh-Hant", "繁體中文"));
        assert_eq!(Language::parse("tlh"), Err(Problem::NotOffered));
        assert_eq!(Language::parse(" "), Err(Problem::Required));
    }
}
