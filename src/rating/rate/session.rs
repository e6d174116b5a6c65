//! Sessions in parts: what the whole comes to, less what was charged before.

use super::{Fits, Request, Run};
use crate::domain::money::Amount;
use crate::rating::bucket::BucketMove;
use crate::rating::event::Partial;
use crate::rating::rated::{Code, Detail, Line, LineKey, Rejection};
use crate::rating::session::{Carried, Session, TakenSoFar};
use crate::rating::trace::Step;

/// The earlier parts of the session of an event, if it is a part.
pub(super) fn before<'r>(request: &Request<'r>) -> Result<Option<&'r Session>, Rejection> {
    let Some(partial) = request.event.partial else {
        return Ok(None);
    };
    match request.session {
        Some(before) if before.closed || before.sequence >= partial.sequence => {
            Err(Rejection::new(Code::BadCharacteristic, Detail::Sequence))
        }
        other => Ok(other),
    }
}

/// Takes off what was charged before, and notes what has been charged now.
pub(super) fn continued(run: &mut Run<'_, '_>, partial: Partial) -> Result<(), Rejection> {
    let charged = run
        .rated
        .lines
        .iter()
        .map(|line| carried(run, line))
        .collect();
    let session = Session {
        start: run.start,
        sequence: partial.sequence,
        closed: partial.last,
        measured: run.measured()?,
        charged,
        taken: taken(run),
        tier: run
            .rated
            .tier
            .checked_add(run.before.map_or(0, |before| before.tier))
            .fits()?,
    };
    untake(run);
    if let Some(before) = run.before {
        take_off(run, before)?;
    }
    run.rated.session = Some(session);
    Ok(())
}

fn carried(run: &Run<'_, '_>, line: &Line) -> Carried {
    let bucket = line
        .key
        .bucket
        .and_then(|place| run.request.buckets.get(place));
    Carried {
        key: line.key,
        bucket: bucket.map(|bucket| bucket.id.clone()),
        quantity: line.quantity,
        net: line.net,
        gross: line.gross,
        list: line.list,
        tax: line.tax,
    }
}

/// What the session has taken from each bucket, with this part.
fn taken(run: &Run<'_, '_>) -> Vec<(Box<str>, TakenSoFar)> {
    let mut all: Vec<(Box<str>, TakenSoFar)> = Vec::new();
    for (place, bucket) in (0_u32..).zip(run.request.buckets.list()) {
        let before = run.taken_before(&bucket.id);
        let own = run.rated.buckets.iter().find(|own| own.bucket == place);
        // A bucket that is not in reach any more gives back what the session took.
        let in_reach = run.rated.work.uses.iter().any(|own| own.bucket == place);
        let before = if in_reach {
            before
        } else {
            TakenSoFar::default()
        };
        let taken = TakenSoFar {
            taken: before.taken + own.map_or(0, |own| own.taken),
            covered: before.covered + own.map_or(0, |own| own.covered),
        };
        if taken != TakenSoFar::default() {
            all.push((bucket.id.clone(), taken));
        }
    }
    all
}

/// Gives back what was taken from buckets that do not cover the session any more.
fn untake(run: &mut Run<'_, '_>) {
    for (place, bucket) in (0_u32..).zip(run.request.buckets.list()) {
        let before = run.taken_before(&bucket.id);
        let in_reach = run.rated.work.uses.iter().any(|own| own.bucket == place);
        if !in_reach && before != TakenSoFar::default() {
            run.rated.buckets.push(BucketMove {
                bucket: place,
                taken: -before.taken,
                covered: -before.covered,
            });
        }
    }
}

fn take_off(run: &mut Run<'_, '_>, before: &Session) -> Result<(), Rejection> {
    let (mut net, mut gross) = (Amount::ZERO, Amount::ZERO);
    for carried in &before.charged {
        let key = key_now(run, carried);
        let line = run.rated.lines.iter_mut().find(|line| line.key == key);
        match line {
            Some(line) => {
                line.quantity = line.quantity.checked_sub(carried.quantity).fits()?;
                line.net = minus(line.net, carried.net)?;
                line.gross = minus(line.gross, carried.gross)?;
                line.list = minus(line.list, carried.list)?;
            }
            None => run.rated.lines.push(Line {
                key,
                quantity: carried.quantity.checked_neg().fits()?,
                net: minus(Amount::ZERO, carried.net)?,
                gross: minus(Amount::ZERO, carried.gross)?,
                list: minus(Amount::ZERO, carried.list)?,
                tax: carried.tax,
                exempt: run.rated.exempt,
            }),
        }
        net = net.plus(carried.net).fits()?;
        gross = gross.plus(carried.gross).fits()?;
    }
    run.rated.lines.retain(says_something);
    run.rated.net = minus(run.rated.net, net)?;
    run.rated.gross = minus(run.rated.gross, gross)?;
    run.rated.trace.push(Step::Before { net, gross });
    Ok(())
}

/// The key of a line as of now: a bucket may stand at another place, or be gone.
fn key_now(run: &Run<'_, '_>, carried: &Carried) -> LineKey {
    let id = carried.bucket.as_ref();
    let place = id.and_then(|id| {
        let mut buckets = (0_u32..).zip(run.request.buckets.list());
        buckets
            .find(|(_, bucket)| bucket.id == *id)
            .map(|(place, _)| place)
    });
    LineKey {
        bucket: place,
        ..carried.key
    }
}

fn says_something(line: &Line) -> bool {
    line.quantity != 0 || !line.net.is_zero() || !line.gross.is_zero() || !line.list.is_zero()
}

fn minus(one: Amount, other: Amount) -> Result<Amount, Rejection> {
    let difference = one.millionths().checked_sub(other.millionths());
    difference.map(Amount::from_millionths).fits()
}
