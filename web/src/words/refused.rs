//! Why a call was refused, in the reader's language: by the code of the answer, for what pages meet.

use api::problem::ProblemDetails;

use crate::{
    client::{LINK_OVER, NO_LANGUAGE, NOT_LOADED, UNREACHABLE, UNREADABLE, WRONG_PASSWORD},
    i18n::t_string,
    prefs::Texts,
};

/// Title and detail. Where a code alone does not say what happened the server's own detail stays; so does a title of
/// what only clients of the API are told, or of a server that is newer than the page.
pub fn refused(texts: Texts, problem: &ProblemDetails) -> (String, String) {
    let (title, detail) = match problem.code.as_str() {
        UNREACHABLE => (t_string!(texts, error.unreachable), Some(t_string!(texts, error.unreachable_detail))),
        NOT_LOADED => (t_string!(texts, error.not_loaded), Some(t_string!(texts, error.not_loaded_detail))),
        NO_LANGUAGE => (t_string!(texts, error.no_language), Some(t_string!(texts, error.not_loaded_detail))),
        UNREADABLE => {
            let detail = format!("{} ({})", t_string!(texts, error.unreadable_detail), problem.detail);
            return (t_string!(texts, error.unreadable).to_owned(), detail);
        }
        LINK_OVER => (t_string!(texts, refused.unauthorized), Some(t_string!(texts, setup.link_over))),
        WRONG_PASSWORD => (t_string!(texts, refused.unauthorized), Some(t_string!(texts, login.wrong))),
        "bad_request" => (t_string!(texts, refused.bad_request), None),
        "conflict" => (t_string!(texts, refused.conflict), None),
        "crowded" => (t_string!(texts, refused.crowded), Some(t_string!(texts, refused.crowded_detail))),
        "draft_changed" => (t_string!(texts, refused.draft_changed), None),
        "foreign_origin" => {
            (t_string!(texts, refused.foreign_origin), Some(t_string!(texts, refused.foreign_origin_detail)))
        }
        "internal" => (t_string!(texts, refused.internal), Some(t_string!(texts, refused.internal_detail))),
        "missing_scope" => (t_string!(texts, refused.missing_scope), None),
        "not_found" => (t_string!(texts, refused.not_found), Some(t_string!(texts, refused.not_found_detail))),
        "rate_limited" => (t_string!(texts, refused.rate_limited), Some(t_string!(texts, refused.rate_limited_detail))),
        "timeout" => (t_string!(texts, refused.timeout), Some(t_string!(texts, refused.timeout_detail))),
        "too_large" => (t_string!(texts, refused.too_large), None),
        "too_many" => (t_string!(texts, refused.too_many), None),
        "unauthorized" => (t_string!(texts, refused.unauthorized), None),
        "unavailable" => (t_string!(texts, refused.unavailable), Some(t_string!(texts, refused.unavailable_detail))),
        // A field is wrong, and its code is the answer's.
        "email" => (t_string!(texts, refused.invalid), Some(t_string!(texts, setup.email_help))),
        "password" => (t_string!(texts, refused.invalid), Some(t_string!(texts, setup.password_help))),
        "invalid" => (t_string!(texts, refused.invalid), Some(t_string!(texts, refused.invalid_detail))),
        _ if problem.status == 422 => (t_string!(texts, refused.invalid), None),
        _ => return (problem.title.clone(), problem.detail.clone()),
    };
    (title.to_owned(), detail.map_or_else(|| problem.detail.clone(), str::to_owned))
}
