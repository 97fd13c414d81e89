//! A page that needs no other file.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A page with its title as the heading. `style` is what its own parts need besides what all pages have.
pub fn write(title: &str, style: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(include_str!("page.css"))) (PreEscaped(style)) }
            }
            body { h1 { (title) } (body) }
        }
    };
    page.into_string()
}
