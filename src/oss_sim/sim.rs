//! What the handlers and the work on orders share.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

use super::agenda::{Agenda, Entry};
use super::book::Book;
use super::caller::Caller;
use super::routes;
use super::settings::Settings;
use super::trap::Trap;
use crate::domain::clock::{Clock, Micros};

/// The OSS without its server.
pub(super) struct Sim {
    pub settings: Settings,
    pub caller: Caller,
    pub activity: Activity,
    /// Orders that wait may have something to look at.
    pub moved: Notify,
    book: Mutex<Book>,
    /// What is to come, where somebody else moves the clock; otherwise it comes by itself.
    agenda: Option<Mutex<Agenda>>,
    pub trap: Trap,
    /// Orders that were released and have not gone on yet: they count as under way.
    resumed: Mutex<HashMap<String, Busy>>,
    clock: Clock,
    stopped: watch::Sender<bool>,
    /// Work goes on there when the thread of the request is long gone.
    runtime: Handle,
}

impl Sim {
    /// # Errors
    /// When the client for callbacks cannot be made.
    pub fn new(
        settings: Settings,
        address: SocketAddr,
        clock: Option<Clock>,
    ) -> Result<Self, String> {
        let base = format!("http://{address}");
        let book = Book::new(
            settings.clone(),
            format!("{base}{}", routes::ORDERING),
            format!("{base}{}", routes::INVENTORY),
        );
        Ok(Sim {
            caller: Caller::new(&settings)?,
            activity: Activity::default(),
            moved: Notify::new(),
            book: Mutex::new(book),
            agenda: clock.as_ref().map(|_| Mutex::default()),
            trap: Trap::default(),
            resumed: Mutex::default(),
            clock: clock.unwrap_or_default(),
            stopped: watch::Sender::new(false),
            runtime: Handle::current(),
            settings,
        })
    }

    pub fn now(&self) -> Micros {
        self.clock.now()
    }

    /// True when nothing happens by itself.
    pub fn is_stepped(&self) -> bool {
        self.agenda.is_some()
    }

    /// Something is to happen in so many milliseconds. Of what happens by itself nothing is noted.
    pub fn plan(&self, millis: u64, name: &str, entry: Entry) {
        let at = self
            .now()
            .plus_millis(i64::try_from(millis).unwrap_or(i64::MAX));
        if let Some(agenda) = &self.agenda {
            let mut agenda = agenda.lock().unwrap_or_else(PoisonError::into_inner);
            agenda.add(at, name, entry);
        }
    }

    /// What is due next, on the clock that somebody moves.
    pub fn next(&self) -> Option<Entry> {
        let mut agenda = self
            .agenda
            .as_ref()?
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        agenda.take(self.now())
    }

    /// Whether anything is to come on the clock that somebody moves.
    pub fn is_busy(&self) -> bool {
        let agenda = self.agenda.as_ref();
        agenda.is_some_and(|agenda| {
            !agenda
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .is_empty()
        })
    }

    /// A panic elsewhere leaves nothing half done here.
    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does some work in the background, until it is done or everything stops.
    pub fn spawn(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        let (sim, busy) = (Arc::clone(self), self.activity.begin());
        self.runtime.spawn(async move {
            tokio::select! {
                () = work => {}
                () = sim.until_stopped() => {}
            }
            drop(busy);
        });
    }

    /// Waits for something in the background, which is not being under way.
    pub fn spawn_idle(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(work);
    }

    pub async fn until_stopped(&self) {
        let mut stopped = self.stopped.subscribe();
        // An error would mean that the sender is gone, and this holds it.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    }

    pub fn stop(&self) {
        self.stopped.send_replace(true);
    }

    /// Lets orders go on; how many.
    pub fn release(&self, matching: &str) -> usize {
        let released = self.book().release(matching);
        let count = released.len();
        let mut resumed = self.resumed.lock().unwrap_or_else(PoisonError::into_inner);
        for id in released {
            resumed.insert(id, self.activity.begin());
        }
        drop(resumed);
        self.moved.notify_waiters();
        count
    }

    /// Takes over the mark of being under way from whoever released the order.
    pub fn resume(&self, id: &str) -> Option<Busy> {
        let mut resumed = self.resumed.lock().unwrap_or_else(PoisonError::into_inner);
        resumed.remove(id)
    }
}

/// Counts what is under way.
#[derive(Clone)]
pub(super) struct Activity(Arc<watch::Sender<usize>>);

impl Default for Activity {
    fn default() -> Self {
        Activity(Arc::new(watch::Sender::new(0)))
    }
}

impl Activity {
    pub fn begin(&self) -> Busy {
        self.0.send_modify(|count| *count += 1);
        Busy(self.clone())
    }

    pub async fn idle(&self) {
        let mut count = self.0.subscribe();
        let _ = count.wait_for(|count| *count == 0).await;
    }
}

/// Something is under way as long as this is there.
pub(super) struct Busy(Activity);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0
            .0
            .send_modify(|count| *count = count.saturating_sub(1));
    }
}
