//! /queues: what waits to be sent, why it waits, and whether an operator holds it. The page refreshes every few
//! seconds.

use std::time::Duration;

use api::queues::{Queue, QueueName, Queues};
use leptos::prelude::*;

use self::queue::QueueCard;
use crate::{
    i18n::use_i18n,
    live::Connection,
    parts::{
        chip::LiveChip,
        head::Head,
        load::{Load, Skeleton},
        notice::ProblemBox,
    },
};

mod acts;
mod queue;

/// How often it looks while somebody may be looking.
const EVERY: Duration = Duration::from_secs(3);

/// What is known of the queues.
#[derive(Clone, Copy)]
struct Desk {
    queues: RwSignal<Option<Vec<Queue>>>,
    load: Load<Queues>,
}

impl Desk {
    /// One of them, as it stands.
    fn queue(self, name: QueueName) -> Memo<Option<Queue>> {
        Memo::new(move |_| self.queues.with(|all| all.iter().flatten().find(|queue| queue.name == name).cloned()))
    }

    /// What an act made of one of them.
    fn put(self, queue: Queue) {
        let _ = self.queues.try_update(|all| {
            let known = all.iter_mut().flatten().find(|known| known.name == queue.name);
            if let Some(known) = known {
                *known = queue;
            }
        });
    }
}

/// All queues.
#[component]
pub fn QueuesPage() -> impl IntoView {
    let texts = use_i18n();
    let load = Load::<Queues>::new(|| api::path::QUEUES.to_owned()).watched(EVERY);
    let desk = Desk { queues: RwSignal::new(None), load };
    Effect::new(move |_| {
        if let Some(Ok(found)) = load.answer.get() {
            desk.queues.set(Some(found.items));
        }
    });
    let connection = Memo::new(move |_| match &*load.answer.read() {
        None => Connection::Connecting,
        Some(Ok(_)) => Connection::Open,
        Some(Err(_)) => Connection::Lost,
    });
    let names =
        Memo::new(move |_| desk.queues.with(|all| all.iter().flatten().map(|queue| queue.name).collect::<Vec<_>>()));
    // What was seen last stays while nothing new comes.
    let state = move || match (names.read().is_empty(), connection.get()) {
        (false, _) => ().into_any(),
        (true, Connection::Lost) => {
            let problem = load.answer.get_untracked().and_then(Result::err);
            let retry = Callback::new(move |()| load.again());
            problem.map(|problem| view! { <ProblemBox problem=*problem retry=retry /> }).into_any()
        }
        (true, _) => view! { <Skeleton /> }.into_any(),
    };
    view! {
        <Head title=say!(texts, nav.queues) chips=move || view! { <LiveChip connection=connection /> } />
        <div class="page queues">
            <For each=move || names.get() key=|name| *name let:name>
                <QueueCard desk=desk name=name />
            </For>
            {state}
        </div>
    }
}
