//! Renders templates in child processes.
//!
//! People who write templates may send mail but may not stop the service. The crate `mail` bounds the steps and the
//! output of a template. It cannot bound the memory of one step, such as `([1] * 100000000)[::-1]`. So a child process
//! compiles and renders templates. It limits its own memory before it reads anything, and its parent watches its
//! computing time. A template that exceeds a limit is refused alone, with its reason. The next child renders the others
//! of its batch.
//!
//! A [`Press`] is a queue before a few children. A child takes all that is queued, so a batch costs one round trip:
//! orders are written together, and so are quick answers. Large mails and previews have a queue and a child of their
//! own. That child runs at a low priority.

mod child;
mod wire;
mod work;

use std::{fmt, num::NonZeroUsize, sync::Arc, thread::available_parallelism};

use mail::{RenderError, Rendered};
use program::{Finding, Problem, Reason, Stream, VersionId};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

pub use child::Means;
pub use work::work;

/// The name of the hidden role in which this program is started again.
pub const ROLE: &str = "render-worker";
/// What follows it where a child is to step back.
const ASIDE: &str = "aside";

/// The most memory that one mail may take, beside its own data.
const MEMORY: u64 = 64 << 20;

/// Orders that wait for a child; whoever comes then waits with his.
const QUEUE: usize = 256;

/// The most orders of one batch. A child that dies takes no more with it.
const BATCH: usize = 32;

/// The most children: beyond that others have more to do than they.
const MOST_CHILDREN: usize = 4;

/// A mail whose variables have more bytes than this is a large one.
const LARGE: usize = 64 << 10;

/// Renders templates. Cheap to clone; clones share the children.
#[derive(Clone)]
pub struct Press {
    usual: mpsc::Sender<Job>,
    aside: mpsc::Sender<Job>,
}

/// What one rendering gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Made {
    /// The texts of the mail.
    Written(Rendered),
    /// The templates cannot be compiled.
    Faults(Vec<Problem>),
    /// This mail cannot be written with them.
    Failed(RenderError),
    /// A panic.
    Defect(Reason),
}

/// Why nothing was rendered.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PressError {
    /// It broke the fence. Trying again does not help.
    #[error("{0}")]
    Broken(Reason),
    /// There is no child that could do it. Try again.
    #[error("the process that renders templates does not work: {0}")]
    Away(String),
}

/// What is asked for.
enum Order {
    Check {
        stream: Arc<Stream>,
    },
    /// With the version under which a child may keep the templates.
    Render {
        version: Option<VersionId>,
        stream: Arc<Stream>,
        variables: String,
    },
}

struct Job {
    order: Order,
    answer: oneshot::Sender<Result<Made, PressError>>,
}

impl Press {
    /// A press with as many children as there are cores, at most four; needs a tokio runtime. A child is started when
    /// there is something to do for it.
    pub fn start(means: Means) -> Self {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        Self::with(means, cores.min(MOST_CHILDREN))
    }

    /// A press with so many children, and one for what steps back.
    pub fn with(means: Means, children: usize) -> Self {
        let children = children.max(1);
        Self { usual: queue(&means, children, false), aside: queue(&means, 1, true) }
    }

    /// Whether a child can be started at all, before anything depends on it.
    pub async fn probe(&self) -> Result<(), PressError> {
        let stream = "stafette: 1\nname: probe\ntitle: Probe\nclass: operational\nfrom: { email: a@b.example }\n\
                      subject: a\nhtml: a\ntext: a\n";
        let stream = Stream::parse(stream).map_err(|error| PressError::Away(error.to_string()))?;
        self.check(&Arc::new(stream)).await.map(drop)
    }

    /// What is wrong with a stream, as [`mail::check_stream`] says it.
    pub async fn check(&self, stream: &Arc<Stream>) -> Result<Vec<Problem>, PressError> {
        let said = |why: &dyn fmt::Display| Finding::Text(why.to_string());
        match self.order(Order::Check { stream: stream.clone() }).await {
            Ok(Made::Faults(problems)) => Ok(problems),
            Ok(Made::Defect(reason)) => Ok(vec![Problem::error("template", said(&reason))]),
            Ok(Made::Failed(error)) => Ok(vec![Problem::error("template", said(&error))]),
            Ok(Made::Written(_)) => Err(PressError::Away("a check was answered with a mail".into())),
            // What breaks the fence when it is only looked at is wrong.
            Err(PressError::Broken(reason)) => Ok(vec![Problem::error("template", said(&reason))]),
            Err(away) => Err(away),
        }
    }

    /// Writes the texts of a mail with templates that were never seen before and are not kept.
    pub async fn try_out(&self, stream: &Arc<Stream>, material: &mail::Material<'_>) -> Result<Made, PressError> {
        self.render(None, stream, material).await
    }

    /// Writes the texts of a mail with a version's templates, which the child keeps.
    pub(crate) async fn render(
        &self,
        version: Option<VersionId>,
        stream: &Arc<Stream>,
        material: &mail::Material<'_>,
    ) -> Result<Made, PressError> {
        let variables = wire::variables(material).map_err(|error| PressError::Away(error.to_string()))?;
        self.order(Order::Render { version, stream: stream.clone(), variables }).await
    }

    async fn order(&self, order: Order) -> Result<Made, PressError> {
        let gone = || PressError::Away("it is shutting down".into());
        let (answer, answered) = oneshot::channel();
        let queue = if order.steps_back() { &self.aside } else { &self.usual };
        queue.send(Job { order, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

/// A queue before so many children.
fn queue(means: &Means, children: usize, aside: bool) -> mpsc::Sender<Job> {
    let (sender, jobs) = mpsc::channel(QUEUE);
    let jobs = Arc::new(tokio::sync::Mutex::new(jobs));
    for _ in 0..children {
        tokio::spawn(child::Worker::new(means.clone(), jobs.clone(), (children, aside)).run());
    }
    sender
}

impl Order {
    /// Whether others go before it: nobody waits for the mail, or it takes long.
    fn steps_back(&self) -> bool {
        match self {
            Self::Render { version: Some(_), variables, .. } => variables.len() > LARGE,
            Self::Render { version: None, .. } | Self::Check { .. } => true,
        }
    }
}

impl fmt::Debug for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Press").finish_non_exhaustive()
    }
}
