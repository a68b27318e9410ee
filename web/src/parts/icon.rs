//! Icons: strokes on a 16 px grid, in the colour of the text around them.

use leptos::prelude::*;
use program::{Family, Kind};

macro_rules! icons {
    ($($name:ident: $path:literal,)*) => {
        /// Every icon.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Glyph {
            $(#[doc = concat!("`", stringify!($name), "`")] $name,)*
        }

        impl Glyph {
            fn markup(self) -> &'static str {
                match self { $(Self::$name => $path,)* }
            }
        }
    };
}

icons! {
    Api: "<path d='M5.5 4 1.8 8l3.7 4M10.5 4l3.7 4-3.7 4'/>",
    Bolt: "<path d='M8.8 1.8 3.6 9h4l-.5 5.2L12.4 7h-4z'/>",
    Calendar: "<rect x='2.2' y='3.2' width='11.6' height='10.6' rx='1.5'/><path d='M2.2 6.6h11.6M5.4 1.8v2.6M10.6 1.8v2.6'/>",
    Check: "<path d='m3 8.5 3.3 3.3L13 4.8'/>",
    Clock: "<circle cx='8' cy='8' r='6'/><path d='M8 4.5V8l2.4 1.6'/>",
    Close: "<path d='m3.5 3.5 9 9M12.5 3.5l-9 9'/>",
    Copy: "<rect x='5.5' y='5.5' width='8.5' height='8.5' rx='1.5'/><path d='M10.5 5.5v-2A1.5 1.5 0 0 0 9 2H3.5A1.5 1.5 0 0 0 2 3.5V9a1.5 1.5 0 0 0 1.5 1.5h2'/>",
    Dice: "<rect x='2.5' y='2.5' width='11' height='11' rx='2'/><path d='M5.6 5.6h.01M10.4 5.6h.01M8 8h.01M5.6 10.4h.01M10.4 10.4h.01' stroke-width='2' stroke-linecap='round'/>",
    Flag: "<path d='M4 14V2.5h8.5l-2 3 2 3H4'/>",
    Fork: "<path d='M8 14V9M8 9 3.2 4.2M8 9l4.8-4.8M3 7.2V4h3.2M13 7.2V4H9.8'/>",
    Graph: "<circle cx='8' cy='3' r='1.7'/><circle cx='3.5' cy='13' r='1.7'/><circle cx='12.5' cy='13' r='1.7'/><path d='M8 4.7v3.2M8 8l-4 3.3M8 8l4 3.3'/>",
    Halt: "<circle cx='8' cy='8' r='6'/><path d='M8 4.8v3.9M8 11.1v.1'/>",
    Hook: "<path d='M6 6.5a2.5 2.5 0 1 1 3.6 2.2L11.5 12M10 4.5a2.5 2.5 0 1 0-4 3L4 11M4 12.5h5.5'/><circle cx='12' cy='12.7' r='1.5'/>",
    Hourglass: "<path d='M4 2h8M4 14h8M5 2c0 3.4 2.2 4.4 3 6-.8 1.6-3 2.6-3 6M11 2c0 3.4-2.2 4.4-3 6 .8 1.6 3 2.6 3 6'/>",
    Inbox: "<path d='M2 9h3.4l1 2h3.2l1-2H14M2 9l2-6h8l2 6v4H2z'/>",
    Key: "<circle cx='5' cy='11' r='3'/><path d='m7.2 8.8 6-6M11 5l2 2'/>",
    Mail: "<rect x='1.8' y='3.5' width='12.4' height='9' rx='1.5'/><path d='m2.2 4.5 5.8 4.6 5.8-4.6'/>",
    More: "<path d='M3 8h.01M8 8h.01M13 8h.01' stroke-width='2.4' stroke-linecap='round'/>",
    Out: "<path d='M9.5 2.5H3.5v11h6M6.5 8h7.5M11 5l3 3-3 3'/>",
    Pause: "<path d='M5.5 3.5v9M10.5 3.5v9'/>",
    Panel: "<rect x='2' y='3' width='12' height='10' rx='1.5'/><path d='M9.5 3v10'/>",
    Person: "<circle cx='8' cy='5.2' r='2.7'/><path d='M2.8 14c.6-3 2.6-4.4 5.2-4.4s4.6 1.4 5.2 4.4'/>",
    Play: "<path d='M5 3v10l8-5z'/>",
    Plus: "<path d='M8 3v10M3 8h10'/>",
    Queue: "<path d='M2 4h6.500M2 8h6.500M2 12h6.500M11 4.500 14.500 8 11 11.500'/>",
    Redo: "<path d='M13 6.5H6.5a3.5 3.5 0 0 0 0 7H9M13 6.5 10 3.5M13 6.5l-3 3'/>",
    Search: "<circle cx='7' cy='7' r='4.5'/><path d='m10.4 10.4 3.4 3.4'/>",
    Star: "<path d='m8 2 1.8 3.7 4.1.6-3 2.9.7 4L8 11.3l-3.6 1.9.7-4-3-2.9 4.1-.6z'/>",
    Survey: "<path d='M2.5 3h11v8h-6l-3 2.6V11h-2z'/><path d='m5.6 7 1.6 1.6L10.6 5.4'/>",
    Theme: "<circle cx='8' cy='8' r='5.5'/><path d='M8 2.5v11a5.5 5.5 0 0 0 0-11z' fill='currentColor'/>",
    Undo: "<path d='M3 6.5h6.5a3.5 3.5 0 0 1 0 7H7M3 6.5l3-3M3 6.5l3 3'/>",
    Watch: "<path d='M1.5 8C3 5 5.300 3.500 8 3.500S13 5 14.500 8C13 11 10.700 12.500 8 12.500S3 11 1.500 8z'/><circle cx='8' cy='8' r='2'/>",
    Window: "<circle cx='8' cy='8' r='6'/><path d='M8 8V2.2M8 8h5.8M8 8l4.1-4.1'/>",
    World: "<circle cx='8' cy='8' r='6'/><path d='M2 8h12M8 2c2 1.8 2.6 3.8 2.6 6S10 12.2 8 14c-2-1.8-2.6-3.8-2.600-6S6 3.800 8 2z'/>",
}

impl Glyph {
    /// The icon of a kind of node: its own, or that of its family.
    pub fn of(kind: &Kind) -> Self {
        match kind {
            Kind::CallWebhook(_) => Self::Hook,
            Kind::LoyaltyInvite(_) => Self::Star,
            Kind::Split(_) => Self::Dice,
            Kind::Survey(_) => Self::Survey,
            Kind::WaitForCondition(_) => Self::Watch,
            Kind::WaitForEvent(_) => Self::Hourglass,
            Kind::WaitUntil(_) => Self::Calendar,
            Kind::WaitWindow(_) => Self::Window,
            other => Self::of_family(other.family()),
        }
    }

    fn of_family(family: Family) -> Self {
        match family {
            Family::Entry => Self::Bolt,
            Family::Message => Self::Mail,
            Family::Time => Self::Clock,
            Family::Decision => Self::Fork,
            Family::Contact => Self::Person,
            Family::Exit => Self::Flag,
        }
    }
}

/// An icon. It says nothing to screen readers: a word always stands beside it or in the label around it.
#[component]
pub fn Icon(glyph: Glyph) -> impl IntoView {
    view! {
        <svg
            class="icon"
            viewBox="0 0 16 16"
            fill="none"
            stroke="currentColor"
            stroke-width="1.6"
            stroke-linejoin="round"
            aria-hidden="true"
            inner_html=glyph.markup()
        ></svg>
    }
}
