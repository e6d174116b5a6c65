//! Made-up customers, the same for the same seed: people and a few companies, with addresses,
//! numbers and accounts as they come in the books of an operator. Nobody of them exists; telephone
//! numbers are of the ranges that regulators keep free for fiction, mail goes to example domains.

use std::io::{BufRead, BufReader, Read};

use serde_json::{Value, json};

const GIVEN: [&str; 48] = [
    "Ada", "Alma", "Anton", "Ben", "Bruno", "Carla", "Clara", "David", "Edda", "Elias", "Emil",
    "Emma", "Felix", "Finn", "Frida", "Georg", "Greta", "Hanna", "Hugo", "Ida", "Ines", "Jakob",
    "Jana", "Jonas", "Karl", "Klara", "Lars", "Lea", "Leo", "Lina", "Luis", "Maja", "Marie", "Max",
    "Mila", "Nora", "Olga", "Oskar", "Paul", "Pia", "Rosa", "Simon", "Sofia", "Theo", "Tilda",
    "Vera", "Zoë", "Jürgen",
];
const FAMILY: [&str; 64] = [
    "Abel", "Adler", "Bach", "Baum", "Beck", "Berg", "Brandt", "Busch", "Dietz", "Ebner", "Engel",
    "Falk", "Fink", "Frank", "Fuchs", "Graf", "Groß", "Haas", "Hahn", "Hansen", "Hartmann",
    "Heller", "Hofer", "Horn", "Jansen", "Kaiser", "Keller", "Koch", "Kraus", "Krüger", "Lang",
    "Lehner", "Linde", "Lorenz", "Maier", "Marx", "Moser", "Müller", "Neumann", "Novak", "Olsen",
    "Ott", "Peters", "Pohl", "Reiter", "Richter", "Roth", "Sander", "Schäfer", "Schmidt", "Seidel",
    "Sommer", "Stein", "Stern", "Thaler", "Ulrich", "Vogel", "Wagner", "Weber", "Weiss", "Wiesner",
    "Winter", "Wolf", "Zeller",
];
const STREETS: [&str; 16] = [
    "Ahornweg",
    "Bahnhofstraße",
    "Birkenallee",
    "Brunnengasse",
    "Feldweg",
    "Gartenstraße",
    "Hafenstraße",
    "Hauptstraße",
    "Kastanienweg",
    "Lindenplatz",
    "Marktplatz",
    "Mühlweg",
    "Ringstraße",
    "Schulstraße",
    "Seeufer",
    "Waldweg",
];
const TOWNS: [(&str, &str); 16] = [
    ("10115", "Berlin"),
    ("20095", "Hamburg"),
    ("28195", "Bremen"),
    ("30159", "Hannover"),
    ("40213", "Düsseldorf"),
    ("45127", "Essen"),
    ("50667", "Köln"),
    ("60311", "Frankfurt"),
    ("70173", "Stuttgart"),
    ("80331", "München"),
    ("90402", "Nürnberg"),
    ("01067", "Dresden"),
    ("04109", "Leipzig"),
    ("99084", "Erfurt"),
    ("18055", "Rostock"),
    ("24103", "Kiel"),
];
const TRADES: [&str; 8] = [
    "Bäckerei",
    "Elektro",
    "Garten",
    "Holzbau",
    "Kanzlei",
    "Logistik",
    "Optik",
    "Werkzeuge",
];
/// One in so many customers is a company.
const COMPANIES: u64 = 20;

/// The lines of an import, made as they are read.
pub fn lines(customers: u64, seed: u64) -> Box<dyn BufRead + Send> {
    Box::new(BufReader::with_capacity(
        1 << 16,
        Lines {
            next: 0,
            customers,
            seed,
            line: Vec::new(),
            read: 0,
        },
    ))
}

struct Lines {
    next: u64,
    customers: u64,
    seed: u64,
    line: Vec<u8>,
    read: usize,
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.read == self.line.len() {
            if self.next == self.customers {
                return Ok(0);
            }
            self.line = customer(self.next, self.seed).to_string().into_bytes();
            self.line.push(b'\n');
            self.read = 0;
            self.next += 1;
        }
        let rest = self.line.get(self.read..).unwrap_or_default();
        let taken = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        self.read += taken;
        Ok(taken)
    }
}

/// Numbers that look like chance and are not (SplitMix64).
struct Dice(u64);

impl Dice {
    fn new(seed: u64, number: u64) -> Self {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number.wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below a limit.
    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let length = u64::try_from(from.len()).unwrap_or(1);
        let at = usize::try_from(self.below(length)).unwrap_or(0);
        from.get(at).copied()
    }
}

/// One customer: party, role and account, as a line of an import.
pub fn customer(number: u64, seed: u64) -> Value {
    let mut dice = Dice::new(seed, number);
    let company = dice.below(COMPANIES) == 0;
    let id = format!("s{seed}-{number}");
    let (party, name) = if company {
        organization(&mut dice, &id)
    } else {
        individual(&mut dice, &id)
    };
    let msisdn = format!("49175{:07}", dice.below(10_000_000));
    let iccid = format!("8949{:015}", dice.below(1_000_000_000_000_000));
    let limit = dice.pick(&[50, 100, 250, 1000]).unwrap_or(50);
    let status = match dice.below(100) {
        0..=1 => "Suspended",
        2..=4 => "Validated",
        _ => "Active",
    };
    json!({
        "party": party,
        "customer": {
            "@type": "Customer",
            "id": format!("cust-{id}"),
            "name": name,
            "status": status,
            "characteristic": [
                {"@type": "StringCharacteristic", "name": "msisdn", "valueType": "string", "value": msisdn},
                {"@type": "StringCharacteristic", "name": "iccid", "valueType": "string", "value": iccid},
            ],
        },
        "account": {
            "@type": "BillingAccount",
            "id": format!("acct-{id}"),
            "name": name,
            "accountType": if company { "business" } else { "residential" },
            "state": "Active",
            "ratingType": if dice.below(4) == 0 { "prepaid" } else { "postpaid" },
            "creditLimit": {"unit": "EUR", "value": limit},
        },
    })
}

fn individual(dice: &mut Dice, id: &str) -> (Value, String) {
    let given = dice.pick(&GIVEN).unwrap_or_default();
    let family = dice.pick(&FAMILY).unwrap_or_default();
    let name = format!("{given} {family}");
    let born = format!(
        "{}-{:02}-{:02}T00:00:00Z",
        1940 + dice.below(66),
        1 + dice.below(12),
        1 + dice.below(28)
    );
    let party = json!({
        "@type": "Individual",
        "id": format!("party-{id}"),
        "givenName": given,
        "familyName": family,
        "name": name,
        "birthDate": born,
        "status": "validated",
        "contactMedium": contacts(dice, &format!("{given}.{family}.{id}@example.org")),
    });
    (party, name)
}

fn organization(dice: &mut Dice, id: &str) -> (Value, String) {
    let family = dice.pick(&FAMILY).unwrap_or_default();
    let trade = dice.pick(&TRADES).unwrap_or_default();
    let name = format!("{trade} {family} GmbH");
    let party = json!({
        "@type": "Organization",
        "id": format!("party-{id}"),
        "name": name,
        "tradingName": name,
        "isLegalEntity": true,
        "organizationType": "company",
        "status": "validated",
        "contactMedium": contacts(dice, &format!("office.{id}@example.com")),
    });
    (party, name)
}

fn contacts(dice: &mut Dice, mail: &str) -> Value {
    let (code, town) = dice.pick(&TOWNS).unwrap_or_default();
    let street = dice.pick(&STREETS).unwrap_or_default();
    json!([
        {"@type": "EmailContactMedium", "contactType": "email", "preferred": true,
            "emailAddress": mail.to_lowercase()},
        {"@type": "PhoneContactMedium", "contactType": "mobile",
            "phoneNumber": format!("+49 171 39{:05}", dice.below(100_000))},
        {"@type": "GeographicAddressContactMedium", "contactType": "home",
            "street1": format!("{street} {}", 1 + dice.below(120)),
            "postCode": code, "city": town, "country": "DE"},
    ])
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::lines;

    fn text(customers: u64, seed: u64) -> String {
        let mut text = String::new();
        lines(customers, seed).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn the_same_seed_makes_the_same_customers() {
        assert_eq!(text(50, 7), text(50, 7));
        assert_ne!(text(50, 7), text(50, 8));
        assert!(text(60, 7).starts_with(&text(50, 7)));
        assert_eq!(text(50, 7).lines().count(), 50);
    }
}
