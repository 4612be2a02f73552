//! The pages of the listing, one after another.

use std::error::Error;

use reqwest::blocking::Client;
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Deserialize)]
struct Answer<T> {
    data: Data<T>,
}

#[derive(Deserialize)]
struct Data<T> {
    items: Vec<T>,
    has_more: bool,
}

/// The listing at a base URL.
pub(crate) struct Pages {
    client: Client,
    url: String,
}

impl Pages {
    pub(crate) fn new(base_url: &str) -> Result<Pages, Box<dyn Error>> {
        let client = Client::builder().no_proxy().build()?;
        Ok(Pages { client, url: format!("{base_url}/rewards") })
    }

    /// The items of each page, until there are no more.
    pub(crate) fn each<T: DeserializeOwned>(
        self,
        key: impl Fn(&T) -> &String,
        mut visit: impl FnMut(Vec<T>) -> Result<(), Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        let mut after = None;
        loop {
            let body = self.page(after.as_deref())?;
            let Data { items, has_more } = serde_json::from_slice::<Answer<T>>(&body)?.data;
            after = items.last().filter(|_| has_more).map(|item| key(item).clone());
            visit(items)?;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    fn page(&self, after: Option<&str>) -> Result<Vec<u8>, Box<dyn Error>> {
        let after = after.map(|after| ("starting_after", after));
        let query: Vec<_> = [("limit", "250")].into_iter().chain(after).collect();
        let request = self.client.get(&self.url).query(&query);
        let request = request.basic_auth("pk_fake_public", Some("sk_fake_private"));
        Ok(request.send()?.error_for_status()?.bytes()?.into())
    }
}
