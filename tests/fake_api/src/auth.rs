//! The two authentication schemes: HTTP Basic for vendors, Bearer for partners.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Which of the two APIs a caller talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Api {
    /// "Everything in my program": HTTP Basic.
    Vendor,
    /// "What I earned across programs": Bearer.
    Partner,
}

impl Api {
    /// Both APIs.
    pub(crate) const ALL: [Api; 2] = [Api::Vendor, Api::Partner];

    /// The API with this name.
    pub(crate) fn named(name: &str) -> Option<Api> {
        match name {
            "vendor" => Some(Api::Vendor),
            "partner" => Some(Api::Partner),
            _ => None,
        }
    }
}

/// The credentials that a scenario accepts.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) public_key: String,
    pub(crate) private_key: String,
    pub(crate) api_key: String,
    /// `keys=any|given`: whether any keys will do.
    pub(crate) any: bool,
}

impl Default for Credentials {
    fn default() -> Credentials {
        Credentials {
            public_key: "pk_fake_public".into(),
            private_key: "sk_fake_private".into(),
            api_key: "fake_partner_key".into(),
            any: false,
        }
    }
}

/// Splits the header value into the scheme and the rest.
fn split(header: &str) -> (String, &str) {
    let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
    (scheme.to_ascii_lowercase(), rest.trim_start())
}

/// The name of the scheme for the log.
pub(crate) fn scheme(header: Option<&str>) -> &'static str {
    match header.map(|header| split(header).0).as_deref() {
        None => "none",
        Some("basic") => "basic",
        Some("bearer") => "bearer",
        Some(_) => "other",
    }
}

impl Credentials {
    /// The API that this `Authorization` header opens, if any.
    pub(crate) fn check(&self, header: Option<&str>) -> Option<Api> {
        let (scheme, rest) = split(header?);
        match scheme.as_str() {
            "basic" => self.is_vendor(rest).then_some(Api::Vendor),
            "bearer" => (self.any || rest == self.api_key).then_some(Api::Partner),
            _ => None,
        }
    }

    fn is_vendor(&self, encoded: &str) -> bool {
        let expected = format!("{}:{}", self.public_key, self.private_key);
        self.any || STANDARD.decode(encoded).is_ok_and(|given| given == expected.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scheme_opens_its_api() {
        let keys = Credentials::default();
        let basic = format!("Basic {}", STANDARD.encode("pk_fake_public:sk_fake_private"));
        assert_eq!(keys.check(Some(&basic)), Some(Api::Vendor));
        assert_eq!(keys.check(Some("Bearer fake_partner_key")), Some(Api::Partner));
    }

    #[test]
    fn any_keys_will_do_if_they_are_to() {
        let keys = Credentials { any: true, ..Credentials::default() };
        assert_eq!(keys.check(Some("Basic eA==")), Some(Api::Vendor));
        assert_eq!(keys.check(Some("Bearer x")), Some(Api::Partner));
        assert_eq!(keys.check(None), None);
    }

    #[test]
    fn wrong_credentials_open_nothing() {
        let keys = Credentials::default();
        let wrong = format!("Basic {}", STANDARD.encode("pk_fake_public:nope"));
        for header in [
            None,
            Some(wrong.as_str()),
            Some("Basic !!"),
            Some("Basic"),
            Some("Bearer"),
            Some("Bearer pk_fake_public"),
            Some("Token fake_partner_key"),
        ] {
            assert_eq!(keys.check(header), None, "{header:?}");
        }
    }

    #[test]
    fn the_scheme_is_named_for_the_log() {
        assert_eq!(scheme(None), "none");
        assert_eq!(scheme(Some("Basic eA==")), "basic");
        assert_eq!(scheme(Some("bearer x")), "bearer");
        assert_eq!(scheme(Some("Digest x")), "other");
    }
}
