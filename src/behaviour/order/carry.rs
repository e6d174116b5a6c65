//! The calls that a step leaves for after the commit, and what their answers mean for the run.

use super::service;
use super::stage::Context;
use crate::domain::clock::Micros;
use crate::ordering::order::Characteristic;
use crate::ordering::plan::DEFAULT_TARGET;
use crate::ordering::run::{self, Delivery, Effect, Input, Status};
use crate::ordering::southbound::{
    Fault, FaultKind, RemoteState, Report, ServiceOrderRequest, Southbound, Subject,
};

/// The request that a delivery makes.
pub fn request(delivery: &Delivery, context: &Context, ordered_at: Micros) -> ServiceOrderRequest {
    let asked = &delivery.request;
    let remote = |id: &String| service::remote_id_of_service(id).to_owned();
    ServiceOrderRequest {
        external_id: delivery.external_id.clone(),
        action: asked.action,
        specification: asked.specification.clone(),
        service: asked.service.as_ref().map(remote),
        name: Some(asked.name.clone()),
        characteristics: asked.characteristics.clone(),
        places: context.places.get(asked.item).cloned().unwrap_or_default(),
        ordered_at,
        requested_start: None,
        requested_completion: asked.due,
        priority: asked.priority,
        parties: context.parties.clone(),
        description: Some(asked.name.clone()),
    }
}

/// Makes a call. Its answer, where it has one for the run.
pub async fn call(
    southbound: &dyn Southbound,
    effect: &Effect,
    context: &Context,
    now: Micros,
) -> Option<Input> {
    match effect {
        Effect::Send(delivery) | Effect::SendUndo(delivery) => {
            Some(send(southbound, delivery, context, now).await)
        }
        Effect::Poll {
            external_id,
            remote_id,
            target,
            ..
        } => poll(southbound, target, external_id, remote_id.as_deref()).await,
        Effect::CancelRemote {
            external_id,
            remote_id,
            target,
            ..
        } => Some(recall(southbound, target, external_id, remote_id).await),
        Effect::Internal(_) | Effect::OpenTask(_) | Effect::CloseTask(_) => None,
    }
}

fn named(target: Option<&String>) -> &str {
    target.map_or(DEFAULT_TARGET, String::as_str)
}

async fn send(
    southbound: &dyn Southbound,
    delivery: &Delivery,
    context: &Context,
    now: Micros,
) -> Input {
    let target = named(delivery.request.target.as_ref());
    let failed = |fault: Fault| Input::SendFailed {
        external_id: delivery.external_id.clone(),
        attempt: delivery.attempt,
        fault: meaning(fault.kind),
        message: fault.to_string(),
        wait: wait(&fault),
    };
    if delivery.maybe_sent {
        match southbound.find(target, &delivery.external_id).await {
            Ok(Some(found)) => return report(target, &delivery.external_id, found),
            Ok(None) => {}
            Err(fault) => return failed(fault),
        }
    }
    match southbound
        .submit(target, &request(delivery, context, now))
        .await
    {
        Ok(answer) => report(target, &delivery.external_id, answer),
        Err(fault) => failed(fault),
    }
}

async fn poll(
    southbound: &dyn Southbound,
    target: &Option<String>,
    external_id: &str,
    remote_id: Option<&str>,
) -> Option<Input> {
    let target = named(target.as_ref());
    let asked = match remote_id {
        Some(remote_id) => southbound.fetch(target, remote_id).await,
        None => southbound.find(target, external_id).await,
    };
    match asked {
        Ok(Some(found)) => Some(report(target, external_id, found)),
        Ok(None) => Some(Input::NotFound {
            external_id: external_id.to_owned(),
        }),
        Err(fault) => {
            tracing::debug!(
                target,
                external_id,
                kind = fault.kind.as_str(),
                "could not be asked"
            );
            None
        }
    }
}

async fn recall(
    southbound: &dyn Southbound,
    target: &Option<String>,
    external_id: &str,
    remote_id: &str,
) -> Input {
    let external_id = external_id.to_owned();
    let target = named(target.as_ref());
    match southbound
        .cancel(target, remote_id, "cancelled by the customer's order")
        .await
    {
        Ok(answer) if answer.state.is_refusal() => Input::CancelFailed {
            external_id,
            fault: run::Fault::Business,
            message: answer
                .message
                .unwrap_or_else(|| "the system refuses to cancel it".to_owned()),
            wait: None,
        },
        Ok(_) => Input::CancelAccepted { external_id },
        Err(fault) => Input::CancelFailed {
            external_id,
            fault: meaning(fault.kind),
            message: fault.to_string(),
            wait: wait(&fault),
        },
    }
}

/// Milliseconds that a system, or its circuit, asks to be left alone for.
fn wait(fault: &Fault) -> Option<u64> {
    let wait = fault.retry_after?.as_millis();
    Some(u64::try_from(wait).unwrap_or(u64::MAX))
}

fn meaning(kind: FaultKind) -> run::Fault {
    match kind {
        FaultKind::Transient | FaultKind::CircuitOpen => run::Fault::Transient,
        FaultKind::Business => run::Fault::Business,
        FaultKind::Unknown => run::Fault::Unknown,
    }
}

/// What a report of a system says to the run.
pub fn report(target: &str, external_id: &str, report: Report) -> Input {
    let external_id = external_id.to_owned();
    match report.subject {
        Subject::Order => {}
        Subject::Deletion => return Input::NotFound { external_id },
        Subject::Cancellation(state) if state.is_refusal() => {
            return Input::CancelFailed {
                external_id,
                fault: run::Fault::Business,
                message: report
                    .message
                    .unwrap_or_else(|| "the system refuses to cancel it".to_owned()),
                wait: None,
            };
        }
        Subject::Cancellation(_) => return Input::CancelAccepted { external_id },
    }
    let service = report.services.into_iter().next().unwrap_or_default();
    Input::Report(run::Report {
        external_id,
        remote_id: report.remote_id,
        state: report.state.as_ref().map_or(Status::Acknowledged, status),
        message: report.message,
        service: service.id.map(|id| service::id_of_service(target, &id)),
        results: service
            .characteristics
            .into_iter()
            .filter(is_result)
            .collect(),
        at: report.at,
    })
}

/// Whether a callback can be taken at its word; others make us ask the system itself. It must say how the
/// order stands, and not that it ended badly, or well without naming what came of it: too much follows
/// from that to believe it of whoever called.
pub fn can_be_believed(report: &Report) -> bool {
    if report.subject != Subject::Order {
        return true;
    }
    match &report.state {
        None => false,
        Some(RemoteState::Completed) => report.services.iter().any(|made| made.id.is_some()),
        Some(state) => !state.is_final(),
    }
}

fn is_result(characteristic: &Characteristic) -> bool {
    !characteristic.name.starts_with('@')
}

fn status(state: &RemoteState) -> Status {
    match state {
        RemoteState::Acknowledged => Status::Acknowledged,
        RemoteState::Rejected => Status::Rejected,
        RemoteState::Pending => Status::Pending,
        RemoteState::Held => Status::Held,
        RemoteState::Cancelled => Status::Cancelled,
        RemoteState::Completed => Status::Completed,
        RemoteState::Failed => Status::Failed,
        RemoteState::Partial => Status::Partial,
        RemoteState::AssessingCancellation => Status::AssessingCancellation,
        RemoteState::PendingCancellation => Status::PendingCancellation,
        RemoteState::InProgress | RemoteState::Other(_) => Status::InProgress,
    }
}
