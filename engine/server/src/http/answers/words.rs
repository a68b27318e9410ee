//! What the answer pages say, in English, German and French.

use crate::http::spoken;

/// The words of one language.
pub struct Words {
    /// Its tag.
    pub language: &'static str,
    /// Title of a page that asks.
    pub title: &'static str,
    /// What the scale's ends mean; `{}` is the best grade.
    pub scale: &'static str,
    /// On the button that answers.
    pub send: &'static str,
    /// Asks to join; `{}` is the club.
    pub join: &'static str,
    /// On the button that joins.
    pub joining: &'static str,
    /// After an answer.
    pub thanks: &'static str,
    /// After joining; `{}` is the club.
    pub joined: &'static str,
    /// A link that leads nowhere.
    pub gone: &'static str,
    /// No answer was chosen.
    pub choose: &'static str,
    /// The answer could not be stored.
    pub later: &'static str,
}

const LANGUAGES: [Words; 3] = [
    Words {
        language: "en",
        title: "Your answer",
        scale: "1 is the worst, {} the best.",
        send: "Send answer",
        join: "Join {}?",
        joining: "Join",
        thanks: "Thank you for your answer.",
        joined: "Welcome to {}.",
        gone: "This link is incomplete or too old. Please open it from the mail once more.",
        choose: "Please choose an answer.",
        later: "Your answer could not be stored. Please try again in a minute.",
    },
    Words {
        language: "de",
        title: "Ihre Antwort",
        scale: "1 ist am schlechtesten, {} am besten.",
        send: "Antwort senden",
        join: "Bei {} mitmachen?",
        joining: "Mitmachen",
        thanks: "Danke für Ihre Antwort.",
        joined: "Willkommen bei {}.",
        gone: "Dieser Link ist unvollständig oder zu alt. Bitte öffnen Sie ihn noch einmal aus der Mail.",
        choose: "Bitte wählen Sie eine Antwort.",
        later: "Ihre Antwort konnte nicht gespeichert werden. Bitte versuchen Sie es in einer Minute noch einmal.",
    },
    Words {
        language: "fr",
        title: "Votre réponse",
        scale: "1 est la plus mauvaise note, {} la meilleure.",
        send: "Envoyer la réponse",
        join: "Rejoindre {} ?",
        joining: "Rejoindre",
        thanks: "Merci pour votre réponse.",
        joined: "Bienvenue chez {}.",
        gone: "Ce lien est incomplet ou trop ancien. Veuillez l’ouvrir à nouveau depuis le courriel.",
        choose: "Veuillez choisir une réponse.",
        later: "Votre réponse n’a pas pu être enregistrée. Veuillez réessayer dans une minute.",
    },
];

/// In the language that a header `Accept-Language` asks for.
pub fn choose(accepted: &str) -> &'static Words {
    let language = spoken::choose(accepted);
    LANGUAGES.iter().find(|words| words.language == language).unwrap_or(&LANGUAGES[0])
}
