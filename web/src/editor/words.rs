//! Words of the editor: steps of undo, refusals, keys.

use program::Kind;

use super::{
    draft::{Deed, Refusal},
    keys::Act,
};
use crate::{
    format::number::number,
    i18n::t_string,
    prefs::Texts,
    words::{field_name, finding, kind},
};

/// What one step of undo did.
pub fn deed(texts: Texts, deed: &Deed) -> String {
    let n = |n: &usize| number(texts, *n as u64);
    match deed {
        Deed::Add(tag) => {
            let blank = Kind::blanks().into_iter().find(|blank| blank.tag() == *tag);
            t_string!(texts, deed.add, kind = blank.map(|blank| kind(texts, &blank)).unwrap_or_default())
        }
        Deed::Move(_) => t_string!(texts, deed.shift).to_owned(),
        Deed::Connect => t_string!(texts, deed.connect).to_owned(),
        Deed::Disconnect => t_string!(texts, deed.disconnect).to_owned(),
        Deed::Delete(count) => t_string!(texts, deed.delete, n = n(count)),
        Deed::Paste(count) => t_string!(texts, deed.paste, n = n(count)),
        Deed::Duplicate(count) => t_string!(texts, deed.duplicate, n = n(count)),
        Deed::Disable(count) => t_string!(texts, deed.disable, n = n(count)),
        Deed::Enable(count) => t_string!(texts, deed.enable, n = n(count)),
        Deed::Field { kind, field, .. } => {
            let name = field_name(texts, kind, field).unwrap_or(field).to_owned();
            t_string!(texts, deed.field, field = name)
        }
        Deed::Head { .. } => t_string!(texts, deed.head).to_owned(),
        Deed::Note { .. } => t_string!(texts, deed.note).to_owned(),
        Deed::Layout => t_string!(texts, deed.layout).to_owned(),
        Deed::Fix(_) => t_string!(texts, deed.fix).to_owned(),
        Deed::Code { .. } => t_string!(texts, deed.code).to_owned(),
        Deed::Kept => t_string!(texts, deed.kept).to_owned(),
        Deed::Merge => t_string!(texts, deed.merge).to_owned(),
        Deed::Restore(version) => t_string!(texts, deed.restore, n = number(texts, (*version).into())),
    }
}

/// That a step was taken back, or done again.
pub fn undone(texts: Texts, what: &str, again: bool) -> String {
    let what = what.to_owned();
    if again { t_string!(texts, deed.redone, what = what) } else { t_string!(texts, deed.undone, what = what) }
}

/// Why a command changed nothing.
pub fn refusal(texts: Texts, refusal: &Refusal) -> String {
    match refusal {
        Refusal::Circle => t_string!(texts, refusal.circle),
        Refusal::IntoEntry => t_string!(texts, refusal.into_entry),
        Refusal::Gone => t_string!(texts, refusal.gone),
        Refusal::BehindItself => t_string!(texts, refusal.behind_itself),
        Refusal::NothingToPaste => t_string!(texts, refusal.nothing),
        Refusal::Value(why) => return finding(texts, why),
    }
    .to_owned()
}

/// What a key does.
pub fn act(texts: Texts, act: Act) -> String {
    match act {
        Act::Up | Act::Down | Act::Left | Act::Right => t_string!(texts, act.walk),
        Act::First => t_string!(texts, act.first),
        Act::Open => t_string!(texts, act.open),
        Act::Rename => t_string!(texts, act.rename),
        Act::Add => t_string!(texts, act.add),
        Act::Connect => t_string!(texts, act.connect),
        Act::Disconnect => t_string!(texts, act.disconnect),
        Act::MoveUp => t_string!(texts, act.move_up),
        Act::MoveDown => t_string!(texts, act.move_down),
        Act::MoveLeft => t_string!(texts, act.move_left),
        Act::MoveRight => t_string!(texts, act.move_right),
        Act::Delete => t_string!(texts, act.delete),
        Act::Duplicate => t_string!(texts, act.duplicate),
        Act::Disable => t_string!(texts, act.disable),
        Act::All => t_string!(texts, act.all),
        Act::Branch => t_string!(texts, act.branch),
        Act::Toggle => t_string!(texts, act.toggle),
        Act::Note => t_string!(texts, act.note),
        Act::Find => t_string!(texts, act.find),
        Act::Undo => t_string!(texts, act.undo),
        Act::Redo => t_string!(texts, act.redo),
        Act::Tidy => t_string!(texts, act.tidy),
        Act::ZoomIn => t_string!(texts, act.zoom_in),
        Act::ZoomOut => t_string!(texts, act.zoom_out),
        Act::Actual => t_string!(texts, act.actual),
        Act::Fit => t_string!(texts, act.fit),
        Act::Save => t_string!(texts, act.save),
        Act::Help => t_string!(texts, act.help),
        Act::Escape => t_string!(texts, act.escape),
    }
    .to_owned()
}
