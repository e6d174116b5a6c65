//! How much there is to charge, and in which bands.

use super::{Fits, Run, Segment};
use crate::domain::clock::Micros;
use crate::rating::card::{BandMode, Bands};
use crate::rating::datum::Datum;
use crate::rating::increment::Increments;
use crate::rating::matrix::Source;
use crate::rating::rated::{Code, Detail, Rejection};
use crate::rating::trace::Step;

/// Bands of one event at most; more are not a call but a mistake.
const SEGMENTS_MAX: usize = 4_096;
/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

impl<'r> Run<'r, '_> {
    /// The measured quantity; that of a session with all parts so far.
    pub(super) fn measured(&self) -> Result<u64, Rejection> {
        let own = self.request.event.quantities.of(self.card.unit);
        let own = own.ok_or(Rejection::new(
            Code::BadCharacteristic,
            Detail::Missing("quantity"),
        ))?;
        match self.before {
            // A session is one event, however many parts it has.
            Some(_) if self.card.unit == crate::rating::unit::Unit::Event => Ok(own),
            Some(before) => before.measured.checked_add(own).fits(),
            None => Ok(own),
        }
    }

    /// Looks the event up in the table of the card.
    pub(super) fn find_row(&mut self) -> Result<(), Rejection> {
        let Some(used) = &self.card.base.table else {
            return Ok(());
        };
        let number = used.table.find(self.request.event, self.start);
        let row = number.and_then(|number| used.table.row(number));
        let (Some(number), Some(row)) = (number, row) else {
            return Err(self.reject(Code::NoPrice, Detail::NoRow));
        };
        self.row = Some(row);
        self.rated.trace.push(Step::Row {
            row: number,
            zone: row.zone,
        });
        Ok(())
    }

    /// Steps the quantity and cuts it into bands.
    pub(super) fn cut(&mut self, measured: u64) -> Result<(), Rejection> {
        let table = self.card.base.table.as_ref();
        let of_row = table
            .zip(self.row)
            .and_then(|(used, row)| used.table.increments(row));
        let increments = of_row.unwrap_or(&self.card.increments);
        let charged = increments.stepped(measured).fits()?;
        self.rated.trace.push(Step::Stepped { measured, charged });
        if charged == 0 {
            return Ok(());
        }
        let Some(bands) = &self.card.bands else {
            return self.segment(None, 0, charged);
        };
        match bands.mode {
            BandMode::StartOnly => {
                let band = bands.calendar.at(self.start).band;
                self.segment(Some(band), 0, charged)
            }
            BandMode::Split => self.split(bands, measured, charged, None),
            BandMode::BeatRounding => self.split(bands, measured, charged, Some(increments)),
        }
    }

    /// Cuts where bands change: at the second, or where the step under way ends.
    fn split(
        &mut self,
        bands: &'r Bands,
        measured: u64,
        charged: u64,
        beat: Option<&Increments>,
    ) -> Result<(), Rejection> {
        let mut from = 0;
        let mut open: Option<(u16, u64)> = None;
        loop {
            let slot = bands.calendar.at(self.after(from)?);
            let change = self.seconds_until(slot.until);
            let cut = match beat {
                None => change,
                Some(increments) => increments.stepped(change).unwrap_or(u64::MAX),
            };
            let ends = cut >= measured.min(charged) || cut >= charged;
            match open {
                Some((band, start)) if band != slot.band => {
                    self.segment(Some(band), start, from)?;
                    open = Some((slot.band, from));
                }
                None => open = Some((slot.band, from)),
                Some(_) => {}
            }
            if ends {
                let (band, start) = open.unwrap_or((slot.band, from));
                return self.segment(Some(band), start, charged);
            }
            from = cut;
        }
    }

    /// The instant so many seconds after the start.
    fn after(&self, seconds: u64) -> Result<Micros, Rejection> {
        let micros = i64::try_from(seconds)
            .ok()
            .and_then(|s| s.checked_mul(SECOND));
        let instant = micros.and_then(|micros| self.start.0.checked_add(micros));
        instant.map(Micros).fits()
    }

    /// Seconds of the event that begin before an instant.
    fn seconds_until(&self, instant: Micros) -> u64 {
        let micros = instant.0.saturating_sub(self.start.0);
        u64::try_from(micros)
            .unwrap_or(0)
            .div_ceil(SECOND.unsigned_abs())
    }

    fn segment(&mut self, band: Option<u16>, from: u64, to: u64) -> Result<(), Rejection> {
        if self.rated.work.segments.len() >= SEGMENTS_MAX {
            return Err(Rejection::OVERFLOW);
        }
        let price = self.price_in(band)?;
        if let Some(band) = band {
            self.rated.trace.push(Step::Band { band, from, to });
        }
        self.rated.work.segments.push(Segment {
            band,
            from,
            to,
            price,
        });
        Ok(())
    }

    /// The price of a base unit in a band, before tiers.
    fn price_in(&mut self, band: Option<u16>) -> Result<i128, Rejection> {
        let base = match &self.card.base.matrix {
            Some(_) => self.cell(band)?,
            None => self.base()?,
        };
        let adjust = self.card.bands.as_ref().zip(band);
        let adjust = adjust.and_then(|(bands, band)| bands.prices.get(usize::from(band)));
        match adjust {
            Some(adjust) => adjust.apply(base, self.card.scale.band).fits(),
            None => base.checked_mul(self.card.scale.band).fits(),
        }
    }

    /// The price of the row, else of the card. Where tiers have prices of their own there is none.
    fn base(&self) -> Result<i128, Rejection> {
        let of_row = self
            .row
            .and_then(|row| row.price)
            .zip(self.card.base.table.as_ref());
        match of_row {
            Some((price, used)) => i128::from(price).checked_mul(used.price_factor).fits(),
            None => Ok(self.card.base.price.unwrap_or(0)),
        }
    }

    fn cell(&mut self, band: Option<u16>) -> Result<i128, Rejection> {
        let Some(matrix) = &self.card.base.matrix else {
            return self.base();
        };
        let zone = self.row.and_then(|row| row.zone);
        let (event, product) = (self.request.event, self.request.product);
        let places = matrix.dimensions.iter().map(|dimension| {
            let other = dimension.values.len();
            let of_text = |datum: Option<&Datum<'_>>| {
                let text = datum.and_then(Datum::as_text);
                text.map_or(other, |text| dimension.place(text))
            };
            match &dimension.source {
                Source::Zone => zone.map_or(other, |zone| dimension.known(zone)),
                Source::Band => band.map_or(other, |band| dimension.known(u32::from(band))),
                Source::Event(name) => of_text(event.characteristic(name)),
                Source::Product(name) => of_text(product.characteristic(name)),
            }
        });
        let Some((price, row)) = matrix.cell(places) else {
            return Err(self.reject(Code::NoPrice, Detail::NoCell));
        };
        self.rated.trace.push(Step::Cell { row });
        Ok(price)
    }
}
