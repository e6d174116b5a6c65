//! What one kind does beside what every kind does.

use serde_json::Value;

use crate::domain::problem::Outcome;
use crate::engine::{Behaviour, Change, Decoration, Derived, Rewritten};
use crate::store::ResourceRow;

/// The rules of one kind. `old` is absent for what is created.
pub trait Own: Send + Sync {
    /// Before the general rules look at a document.
    ///
    /// # Errors
    /// What it refuses.
    fn prepare(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        let _ = (change, old, doc);
        Ok(())
    }

    /// After the general rules found nothing to refuse.
    ///
    /// # Errors
    /// What it refuses.
    fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        let _ = (change, old, doc);
        Ok(())
    }

    /// See [`Behaviour::made_before`].
    ///
    /// # Errors
    /// What it refuses.
    fn made_before(
        &self,
        change: &mut Change<'_, '_>,
        doc: &Value,
    ) -> Outcome<Option<ResourceRow>> {
        let _ = (change, doc);
        Ok(None)
    }

    /// See [`Behaviour::before_delete`].
    ///
    /// # Errors
    /// What it refuses.
    fn before_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        let _ = (change, row);
        Ok(())
    }

    /// See [`Behaviour::after_create`].
    ///
    /// # Errors
    /// What it refuses.
    fn after_create(
        &self,
        change: &mut Change<'_, '_>,
        row: &ResourceRow,
        doc: &Value,
    ) -> Outcome<()> {
        let _ = (change, row, doc);
        Ok(())
    }

    /// See [`Behaviour::after_patch`].
    ///
    /// # Errors
    /// What it refuses.
    fn after_patch(&self, change: &mut Change<'_, '_>, written: &Rewritten<'_>) -> Outcome<()> {
        let _ = (change, written);
        Ok(())
    }

    /// See [`Behaviour::after_delete`].
    ///
    /// # Errors
    /// What it refuses.
    fn after_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        let _ = (change, row);
        Ok(())
    }

    /// See [`Behaviour::derived`].
    fn derived(&self) -> Option<&dyn Derived> {
        None
    }
}

/// The rules that every kind has, with those of one kind around them.
pub struct Ruled<O> {
    pub general: Box<dyn Behaviour>,
    pub own: O,
}

impl<O: Own> Behaviour for Ruled<O> {
    fn validates(&self, doc: &Value, pointer: &str) -> bool {
        self.general.validates(doc, pointer)
    }

    fn before_create(&self, change: &mut Change<'_, '_>, doc: &mut Value) -> Outcome<()> {
        self.own.prepare(change, None, doc)?;
        self.general.before_create(change, doc)?;
        self.own.check(change, None, doc)
    }

    fn made_before(
        &self,
        change: &mut Change<'_, '_>,
        doc: &Value,
    ) -> Outcome<Option<ResourceRow>> {
        self.own.made_before(change, doc)
    }

    fn before_patch(
        &self,
        change: &mut Change<'_, '_>,
        old: &Value,
        doc: &mut Value,
    ) -> Outcome<()> {
        self.own.prepare(change, Some(old), doc)?;
        self.general.before_patch(change, old, doc)?;
        self.own.check(change, Some(old), doc)
    }

    fn before_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        self.general.before_delete(change, row)?;
        self.own.before_delete(change, row)
    }

    fn after_create(
        &self,
        change: &mut Change<'_, '_>,
        row: &ResourceRow,
        doc: &Value,
    ) -> Outcome<()> {
        self.general.after_create(change, row, doc)?;
        self.own.after_create(change, row, doc)
    }

    fn after_patch(&self, change: &mut Change<'_, '_>, written: &Rewritten<'_>) -> Outcome<()> {
        self.general.after_patch(change, written)?;
        self.own.after_patch(change, written)
    }

    fn after_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        self.general.after_delete(change, row)?;
        self.own.after_delete(change, row)
    }

    fn decoration(&self) -> Option<&dyn Decoration> {
        self.general.decoration()
    }

    fn derived(&self) -> Option<&dyn Derived> {
        self.own.derived()
    }

    fn is_active(&self, state: Option<&str>) -> bool {
        self.general.is_active(state)
    }
}
