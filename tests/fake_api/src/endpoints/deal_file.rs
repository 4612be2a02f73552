//! `GET /api/deals/{key}/file/{file_key}`, without `/v2`: the URL of a file, at `data.url`.

use super::deal_files::files;
use super::{Ask, Endpoint, Items, item};
use crate::envelope::Shape;

/// The URL of a file.
pub(crate) struct DealFile;

impl Endpoint for DealFile {
    fn pattern(&self) -> &'static str {
        "deals/{key}/file/{file_key}"
    }

    fn root(&self) -> &'static str {
        "/api/"
    }

    fn knob(&self) -> &'static str {
        "deal_file"
    }

    fn message(&self) -> &'static str {
        "Deal file retrieved successfully"
    }

    fn shape(&self) -> Option<Shape> {
        Some(Shape::Object)
    }

    fn find(&self, ask: &Ask<'_>) -> Option<Items> {
        let files = files(ask, ask.argument(0))?;
        let file = files.into_iter().find(|file| file.key == ask.argument(1))?;
        let url = format!("https://files.example.com/{}?expires=1793494800&sig=a%2Bb", file.key);
        Some(vec![item(|object| object.text("url", &url))])
    }

    /// A file has no URL without its key.
    fn all(&self, _ask: &Ask<'_>) -> Items {
        Items::new()
    }
}
