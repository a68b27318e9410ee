//! Marketing words. A mail of an operational stream is sent without opt-in, so it must not advertise.

use crate::Stream;

/// Whole words in lower case, English, German and French together.
const WORDS: &[&str] = &[
    // English
    "bargain",
    "bestseller",
    "bestsellers",
    "clearance",
    "coupon",
    "coupons",
    "deal",
    "deals",
    "discount",
    "discounts",
    "giveaway",
    "offer",
    "offers",
    "promo",
    "promotion",
    "promotions",
    "sale",
    "voucher",
    "vouchers",
    // German
    "aktionspreis",
    "angebot",
    "angebote",
    "gewinnspiel",
    "gutschein",
    "gutscheine",
    "gutscheincode",
    "preisnachlass",
    "rabatt",
    "rabatte",
    "rabattaktion",
    "rabattcode",
    "schlussverkauf",
    "schnäppchen",
    "sonderangebot",
    "sonderangebote",
    "sonderpreis",
    "werbung",
    // French
    "aubaine",
    "cadeau",
    "concours",
    "offre",
    "offres",
    "publicité",
    "rabais",
    "réduction",
    "réductions",
    "remise",
    "remises",
    "solde",
    "soldes",
];

impl Stream {
    /// The marketing words in its texts, in lower case, each once, in the order in which they stand there.
    /// Markup and template code do not count.
    pub fn promotional_words(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for text in [&self.subject, &self.preheader, &spoken(&self.html), &self.text] {
            let text = without(&without(text, "{{", "}}"), "{%", "%}").to_lowercase();
            for word in text.split(|c: char| !c.is_alphanumeric()) {
                if WORDS.contains(&word) && !found.iter().any(|known| known == word) {
                    found.push(word.to_owned());
                }
            }
        }
        found
    }
}

/// The text between the tags; entities stay, none of the words needs one where mail is UTF-8.
fn spoken(html: &str) -> String {
    without(&without(html, "<style", "</style>"), "<", ">")
}

/// The text with everything from an opening to its closing left out.
fn without(text: &str, open: &str, close: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inner)) = rest.split_once(open) {
        out.push_str(before);
        out.push(' ');
        rest = inner.split_once(close).map_or("", |(_, after)| after);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use crate::Stream;

    #[test]
    fn finds_whole_words_in_what_is_read() {
        for (subject, html, expected) in [
            ("Your order", "<p class='sale'>Thanks, {{ event.discount }}</p>", ""),
            ("BIG Sale!", "<style>.deal {}</style><b>20% Rabatt</b>, wholesale", "sale rabatt"),
            ("Les soldes", "<p>Réduction et réduction, dealt</p>", "soldes réduction"),
        ] {
            let text = format!(
                "{{ stafette: 1, name: s, title: S, class: operational, from: {{ email: a@b.test }}, \
                 subject: {subject:?}, html: {html:?}, text: Hello }}"
            );
            assert_eq!(Stream::parse(&text).unwrap().promotional_words().join(" "), expected, "{subject}");
        }
    }
}
