//! The cards of `/account/profile`: each is a form of its own, which saves what it shows and nothing else.

/// A card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProfileCard {
    /// Name, user name, a few words.
    About,
    /// Links.
    Links,
    /// Fields that the site declares.
    More,
    /// Language and time zone.
    Places,
    /// Who may see what.
    Seen,
}

impl ProfileCard {
    /// The field of a form that says which card it is.
    pub(crate) const FIELD: &'static str = "card";

    const ALL: [Self; 5] = [Self::About, Self::Links, Self::More, Self::Places, Self::Seen];

    /// Its name in the form, and the id of its element.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::About => "card-about",
            Self::Links => "card-links",
            Self::More => "card-more",
            Self::Places => "card-places",
            Self::Seen => "card-seen",
        }
    }

    /// What stands on top of it.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::About => "About you",
            Self::Links => "Links",
            Self::More => "More",
            Self::Places => "Language and time",
            Self::Seen => "Who can see it",
        }
    }

    /// What its button says.
    pub(crate) const fn verb(self) -> &'static str {
        match self {
            Self::About => "Save about you",
            Self::Links => "Save links",
            Self::More => "Save more",
            Self::Places => "Save language and time",
            Self::Seen => "Save who can see it",
        }
    }

    /// The one called `name`.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|card| card.name() == name)
    }
}
