//! Jobs about a list of bills: some are done at a time, together with how far the job is, so that it goes on from
//! there whenever it is cut off.

use serde_json::{Value, json};

use crate::domain::problem::Outcome;
use crate::job::{JobOutcome, Running, Stop};
use crate::store::Tx;

/// Does the bills of a job, so many at a time. `work` prepares what is written of some.
///
/// # Errors
/// What `work` and the store fail with.
pub fn in_parts<W>(
    job: &mut Running,
    together: usize,
    work: impl Fn(&Running, &[String]) -> Result<W, Stop>,
) -> JobOutcome
where
    W: FnMut(&mut Tx<'_>) -> Outcome<()> + Send + 'static,
{
    let payload = job.payload()?;
    let bills = bills(&payload).ok_or_else(|| Stop::Failed("not a list of bills".to_owned()))?;
    let progress = job.progress()?;
    let done = progress.get("done").and_then(Value::as_u64).unwrap_or(0);
    let mut done = usize::try_from(done).unwrap_or(usize::MAX);
    while let Some(left) = bills.get(done..).filter(|left| !left.is_empty()) {
        let some = left.get(..together).unwrap_or(left);
        let write = work(job, some)?;
        done += some.len();
        job.commit(&json!({ "done": done }), write)?;
    }
    job.finish(|_| Ok(()))
}

fn bills(payload: &Value) -> Option<Vec<String>> {
    let bills = payload.get("bills")?.as_array()?.iter();
    bills.map(|id| id.as_str().map(str::to_owned)).collect()
}
