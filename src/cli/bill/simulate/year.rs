//! The year, day by day.

use chrono::{Datelike as _, NaiveDate};
use serde_json::json;

use super::super::super::Failure;
use super::super::super::config::Config;
use super::super::super::simulate::Dice;
use super::books::Books;
use super::kinds::{catalog, offerings, usage_prices};
use super::life::Account;
use super::money::Dispute;
use super::oracle::Billed;
use super::time::{CYCLES, Cycle, after, first_day, first_month, months_after};
use super::world::World;
use super::{Findings, Scenario, events, laws, money, operator, runs, usage};

/// The day of the month on which prices change.
const PRICES_CHANGE: u32 = 10;
/// Accounts of a chunk of a run, as far as there are many.
const CHUNKS: usize = 8;
const CHUNK_MAX: usize = 200;
/// Per cent of accounts that ask for a bill in between in a month.
const INTERIM: u64 = 4;
/// With more subscribers all usage is read every third month only.
const SMALL: usize = 2_000;

/// The operator and its year.
pub struct Year {
    scenario: Scenario,
    dice: Dice,
    cuts: Dice,
    world: World,
    accounts: Vec<Account>,
    books: Books,
    disputes: Vec<Dispute>,
    found: Findings,
}

impl Year {
    /// Sets the operator up.
    ///
    /// # Errors
    /// What is in the way.
    pub async fn begin(config: &Config, scenario: Scenario) -> Result<Self, Failure> {
        let dice = Dice(scenario.seed);
        let chunk = (scenario.subscribers / 2 / CYCLES.len() / CHUNKS).clamp(1, CHUNK_MAX);
        let world = World::start(config, chunk)?;
        let cycles = CYCLES.iter().map(Cycle::json).collect();
        world.make("billingCycleSpecification", cycles).await?;
        world.make("productOfferingPrice", catalog()).await?;
        world.make("productOfferingPrice", usage_prices()).await?;
        world.make("productOffering", offerings()).await?;
        let accounts = operator::accounts(dice, scenario.subscribers);
        let all = accounts.iter().map(Account::json).collect();
        world.make("billingAccount", all).await?;
        let products = accounts.iter().flat_map(|account| {
            let products = account.products.iter();
            products.map(|product| product.json(&account.id))
        });
        world.make("product", products.collect()).await?;
        let mut found = Findings::default();
        found.count("accounts", accounts.len() as u64);
        Ok(Year {
            scenario,
            dice,
            cuts: Dice(scenario.cuts),
            world,
            accounts,
            books: Books::default(),
            disputes: Vec::new(),
            found,
        })
    }

    /// Lives through it, and says what was found.
    ///
    /// # Errors
    /// When something is refused that should not be.
    pub async fn live(mut self, progress: &dyn Fn(&str)) -> Result<Findings, Failure> {
        let last = months_after(first_month(), self.scenario.months);
        let mut day = first_day();
        let mut told = 0;
        while day <= last {
            self.day(day).await?;
            if day.day() == 1 {
                self.month(day, day == last).await?;
                self.found
                    .broken
                    .iter()
                    .skip(told)
                    .for_each(|what| progress(what));
                told = self.found.broken.len();
                let (bills, failures) = (self.books.bills, self.found.failures);
                progress(&format!("{day}: {bills} bills, {failures} laws broken"));
            }
            day = after(day);
        }
        let Year {
            world,
            books,
            mut found,
            ..
        } = self;
        world.close().await;
        found.count("bills", books.bills);
        found.count("charges", books.charges);
        found.digest = format!("{:032x}", books.digest);
        Ok(found)
    }

    async fn day(&mut self, day: NaiveDate) -> Result<(), Failure> {
        let [early, noon, late] = events::HOURS;
        self.events(day, early).await?;
        self.world.move_to(super::time::at(day, runs::HOUR));
        let mut bills = Vec::new();
        for cycle in CYCLES {
            if cycle.is_due(day) {
                let by = (&mut self.world, self.cuts);
                let made = runs::bill(by, (cycle, day), &mut self.books, &mut self.found);
                bills.extend(made.await?);
                self.lives(cycle, day);
            }
        }
        self.events(day, noon).await?;
        let by = (&self.world, self.dice);
        let books = (bills.as_slice(), &mut self.books);
        let disputes = money::come_in(by, books, day, &mut self.found).await?;
        self.disputes.extend(disputes);
        money::decide(&self.world, &mut self.disputes, day, &mut self.found).await?;
        self.interim(day).await?;
        let by = (&self.world, self.dice);
        usage::come(by, &self.accounts, day, &mut self.found).await?;
        if day.day() == PRICES_CHANGE {
            usage::rate_again(by, &self.accounts, day, &mut self.found).await?;
        }
        self.events(day, late).await
    }

    async fn events(&mut self, day: NaiveDate, hour: i64) -> Result<(), Failure> {
        let by = (&self.world, self.dice);
        events::happen(by, &mut self.accounts, (day, hour), &mut self.found).await
    }

    /// What accounts of a cycle were charged with, after its run.
    fn lives(&mut self, cycle: Cycle, day: NaiveDate) {
        let own = self.accounts.iter();
        let own: Vec<&Account> = own.filter(|own| own.cycle().id == cycle.id).collect();
        let billed = Billed { cycle, day };
        laws::of_lives(&own, billed, &self.books, &mut self.found);
    }

    /// Bills in between, on request.
    async fn interim(&mut self, day: NaiveDate) -> Result<(), Failure> {
        let month = format!("{}-{}", day.year(), day.month());
        let asks = |account: &&Account| {
            let name = format!("{} interim {month}", account.id);
            let own = 1 + self.dice.roll(&format!("{name} day")) % 28;
            u64::from(day.day()) == own && self.dice.percent(&name, INTERIM)
        };
        let asked = self.accounts.iter().filter(asks).map(|account| {
            json!({ "@type": "CustomerBillOnDemand", "category": "interim",
                "billingAccount": { "@type": "BillingAccountRef", "id": account.id } })
        });
        let asked: Vec<_> = asked.collect();
        if asked.is_empty() {
            return Ok(());
        }
        self.found.count("bills on demand", asked.len() as u64);
        self.world.make("customerBillOnDemand", asked).await?;
        self.world.settle().await
    }

    /// What must hold at the end of a month.
    async fn month(&mut self, day: NaiveDate, is_last: bool) -> Result<(), Failure> {
        runs::release(&self.world, &self.books).await?;
        let fresh = self.books.fresh(&self.world).await?;
        for wrong in self.books.take(&fresh) {
            self.found.break_law(wrong);
        }
        for bill in &fresh {
            laws::of_bill(bill, &mut self.found);
        }
        let (world, books, found) = (&self.world, &self.books, &mut self.found);
        laws::of_numbers(books, found);
        laws::of_balances(&self.accounts, world, books, found).await?;
        let is_small = self.scenario.subscribers <= SMALL;
        if is_last || is_small || day.month() % 3 == 1 {
            laws::of_usage(&self.accounts, world, books, found).await?;
            laws::of_journal(world, books, found).await?;
            laws::of_open_charges(&self.accounts, world, found).await?;
        }
        self.world.tidy().await
    }
}
