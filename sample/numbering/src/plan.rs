//! Numbering plans: for each country calling code the ranges of its countries, as languages with labels.

use std::collections::BTreeMap;

use phonenumber::metadata::{DATABASE, Descriptor, Metadata};

use crate::language::Language;

/// What numbers are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Fixed,
    Mobile,
    /// Fixed or mobile: the number does not tell.
    Any,
    TollFree,
    SharedCost,
    Premium,
    Personal,
    Voip,
    Pager,
    /// Reaches a company wherever it is.
    Company,
}

impl Kind {
    /// The end of the zone's name.
    pub const fn suffix(self) -> &'static str {
        match self {
            Kind::Fixed => "-fixed",
            Kind::Mobile => "-mobile",
            Kind::Any => "",
            Kind::TollFree => "-tollFree",
            Kind::SharedCost => "-sharedCost",
            Kind::Premium => "-premium",
            Kind::Personal => "-personal",
            Kind::Voip => "-voip",
            Kind::Pager => "-pager",
            Kind::Company => "-company",
        }
    }
}

/// Country and kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// ISO 3166 code, or the name of a network that belongs to no country.
    pub country: String,
    pub kind: Kind,
}

impl Label {
    pub fn zone(&self) -> String {
        format!("{}{}", self.country, self.kind.suffix())
    }
}

/// A range of numbers.
#[derive(Debug)]
pub struct Range {
    pub label: Label,
    /// Of the country that the calling code is mostly for.
    pub is_main: bool,
    pub numbers: Language,
}

/// The plan of a country calling code.
#[derive(Debug)]
pub struct Plan {
    pub code: u16,
    pub ranges: Vec<Range>,
}

/// What the metadata calls the country of networks that belong to none.
const NO_COUNTRY: &str = "001";
/// Networks that belong to no country, by calling code.
const NETWORKS: [(u16, &str); 9] = [
    (800, "international-tollFree"),
    (808, "international-sharedCost"),
    (870, "satellite-870"),
    (878, "personal-878"),
    (881, "satellite-881"),
    (882, "networks-882"),
    (883, "networks-883"),
    (888, "networks-888"),
    (979, "international-premium"),
];

/// All plans, by calling code.
///
/// # Errors
/// When the metadata has something unexpected.
pub fn plans() -> Result<Vec<Plan>, String> {
    let mut countries: BTreeMap<u16, Vec<&Metadata>> = BTreeMap::new();
    for country in DATABASE.iter().filter(|country| country.id() != NO_COUNTRY) {
        countries
            .entry(country.country_code())
            .or_default()
            .push(country);
    }
    // They share one id, so that only one of them is among the countries.
    for (code, name) in NETWORKS {
        let network = DATABASE.by_code(&code);
        countries.insert(code, network.ok_or(format!("there is no +{code}, {name}"))?);
    }
    let plans = countries.into_iter().map(|(code, mut countries)| {
        countries.sort_by_key(|country| (!country.is_main_country_for_code(), country.id()));
        plan(code, &countries)
    });
    plans.collect()
}

fn plan(code: u16, countries: &[&Metadata]) -> Result<Plan, String> {
    let mut ranges: Vec<Range> = Vec::new();
    let mut seen: Vec<(Kind, &str)> = Vec::new();
    for (place, country) in countries.iter().enumerate() {
        for (kind, descriptor) in descriptors(country) {
            let pattern = descriptor.national_number().as_str();
            // Countries that share a calling code often share the ranges that are not geographic; those
            // are the main country's.
            if seen.contains(&(kind, pattern)) {
                continue;
            }
            seen.push((kind, pattern));
            let numbers = Language::of(pattern);
            ranges.push(Range {
                label: label(code, country, kind)?,
                is_main: place == 0,
                numbers: numbers.map_err(|error| format!("{} {kind:?}: {error}", country.id()))?,
            });
        }
    }
    Ok(Plan { code, ranges })
}

fn label(code: u16, country: &Metadata, kind: Kind) -> Result<Label, String> {
    if country.id() != NO_COUNTRY {
        let country = country.id().to_owned();
        return Ok(Label { country, kind });
    }
    let network = NETWORKS.iter().find(|(known, _)| *known == code);
    let (_, network) = network.ok_or(format!("+{code} is a network without a name"))?;
    Ok(Label {
        country: (*network).to_owned(),
        kind: Kind::Any,
    })
}

/// The ranges of a country. Where fixed and mobile numbers look alike, they are one.
fn descriptors(country: &Metadata) -> Vec<(Kind, &Descriptor)> {
    let all = country.descriptors();
    let pattern = |descriptor: Option<&Descriptor>| {
        descriptor.map(|descriptor| descriptor.national_number().as_str().to_owned())
    };
    let alike = pattern(all.fixed_line()) == pattern(all.mobile());
    let (fixed, mobile) = match alike {
        true => (None, None),
        false => (all.fixed_line(), all.mobile()),
    };
    let any = all.fixed_line().filter(|_| alike);
    let found = [
        (Kind::Fixed, fixed),
        (Kind::Mobile, mobile),
        (Kind::Any, any),
        (Kind::TollFree, all.toll_free()),
        (Kind::SharedCost, all.shared_cost()),
        (Kind::Premium, all.premium_rate()),
        (Kind::Personal, all.personal_number()),
        (Kind::Voip, all.voip()),
        (Kind::Pager, all.pager()),
        (Kind::Company, all.uan()),
    ];
    let found = found.into_iter();
    found
        .filter_map(|(kind, descriptor)| Some((kind, descriptor?)))
        .collect()
}
