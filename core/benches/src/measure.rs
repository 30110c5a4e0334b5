//! Measuring: contenders take turns, medians are compared, and results that differ end the run.

use std::error::Error;
use std::time::{Duration, Instant};

/// What can go wrong in a benchmark ends it.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What was seen of the rows that an operation touched; both sides must see the same, in any order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) rows: u64,
    total: u64,
}

impl Sum {
    pub(crate) fn of_rows(rows: u64) -> Self {
        Self { rows, total: 0 }
    }

    pub(crate) fn number(&mut self, value: i64) {
        self.total = self.total.wrapping_add(value.cast_unsigned());
    }

    pub(crate) fn text(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let ends = bytes.first().into_iter().chain(bytes.last()).map(|b| u64::from(*b)).sum::<u64>();
        self.total = self.total.wrapping_add(ends << 16 | bytes.len() as u64);
    }
}

/// The outcome of one turn.
pub(crate) struct Turn {
    pub(crate) elapsed: Duration,
    pub(crate) sum: Sum,
}

/// Times some work.
pub(crate) fn timed(work: impl FnOnce() -> Result<Sum>) -> Result<Turn> {
    let begun = now();
    let sum = work()?;
    Ok(Turn { elapsed: begun.elapsed(), sum })
}

/// Times some work that does not wait by the processor time of this thread, which other work on the machine does not count
/// into; by the clock where the system does not tell it.
pub(crate) fn timed_on_processor(work: impl FnOnce() -> Result<Sum>) -> Result<Turn> {
    let begun = processor_time();
    let turn = timed(work)?;
    Ok(match begun.zip(processor_time()) {
        Some((begun, ended)) => Turn { elapsed: ended.saturating_sub(begun), ..turn },
        None => turn,
    })
}

/// The processor time of this thread, as of Linux.
fn processor_time() -> Option<Duration> {
    std::thread::yield_now(); // The system brings the number up to date.
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

pub(crate) fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
    Instant::now()
}

type Work<'w> = Box<dyn FnMut(u64) -> Result<Turn> + 'w>;

/// One way of doing the work. The function gets the number of the run, which stands for the same input on every side.
pub(crate) struct Contender<'w> {
    name: &'static str,
    work: Work<'w>,
}

impl<'w> Contender<'w> {
    pub(crate) fn new(name: &'static str, work: impl FnMut(u64) -> Result<Turn> + 'w) -> Self {
        Self { name, work: Box::new(work) }
    }

    /// A contender whose whole turn is timed, by the processor time of this thread.
    pub(crate) fn on_processor(name: &'static str, mut work: impl FnMut(u64) -> Result<Sum> + 'w) -> Self {
        Self::new(name, move |run| timed_on_processor(|| work(run)))
    }

    /// A contender whose whole turn is timed.
    pub(crate) fn timed(name: &'static str, mut work: impl FnMut(u64) -> Result<Sum> + 'w) -> Self {
        Self::new(name, move |run| timed(|| work(run)))
    }
}

/// What is compared: the title, how many operations a turn does, and whether a first turn goes uncounted.
pub(crate) struct Operation {
    pub(crate) title: String,
    pub(crate) per_turn: u64,
    pub(crate) warm_up: bool,
}

/// Lets the contenders take turns, the order reversed in every other run, and prints a line for each. The first
/// contender is the kernel; ratios are the others' times by its time, so that more than 1 means that it is faster.
pub(crate) fn compare(runs: u64, operation: &Operation, contenders: Vec<Contender<'_>>) -> Result<()> {
    medians(runs, operation, contenders).map(drop)
}

/// As [`compare`], and gives the median of each. Unit: nanoseconds.
pub(crate) fn medians(runs: u64, operation: &Operation, mut contenders: Vec<Contender<'_>>) -> Result<Vec<u64>> {
    let mut times: Vec<Vec<u64>> = contenders.iter().map(|_| Vec::new()).collect();
    for run in 0..runs + u64::from(operation.warm_up) {
        let mut turns: Vec<usize> = (0..contenders.len()).collect();
        if run % 2 == 1 {
            turns.reverse();
        }
        let mut sums = vec![Sum::default(); contenders.len()];
        for turn in turns {
            let done = (contenders[turn].work)(run)?;
            sums[turn] = done.sum;
            if run > 0 || !operation.warm_up {
                let elapsed_ns = u64::try_from(done.elapsed.as_nanos())?;
                times[turn].push((elapsed_ns / operation.per_turn).max(1));
            }
        }
        if let Some(at) = sums.iter().position(|sum| *sum != sums[0]) {
            let (title, first, other) = (&operation.title, contenders[0].name, contenders[at].name);
            return Err(format!("{title}: {first} saw {:?}, {other} saw {:?}", sums[0], sums[at]).into());
        }
    }
    for (contender, own) in contenders.iter().zip(&times) {
        print_line(&operation.title, contender.name, &times[0], own);
    }
    Ok(times.iter().map(|own| median(own)).collect())
}

pub(crate) fn print_head() {
    println!("| operation | who | median of one | ratio | min-max |");
    println!("|---|---|---:|---:|---:|");
}

fn print_line(title: &str, name: &str, kernel: &[u64], own: &[u64]) {
    let shown = show_ns(median(own));
    if std::ptr::eq(kernel, own) {
        println!("| {title} | {name} | {shown} | | |");
        return;
    }
    let mut ratios: Vec<u64> = own.iter().zip(kernel).map(|(own, kernel)| own * 100 / kernel).collect();
    ratios.sort_unstable();
    let ends = ratios.first().zip(ratios.last()).map(|(a, b)| format!("{}-{}", hundredths(*a), hundredths(*b)));
    let ratio = hundredths(median(own) * 100 / median(kernel));
    println!("| | {name} | {shown} | {ratio} | {} |", ends.unwrap_or_default());
}

pub(crate) fn median(times: &[u64]) -> u64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(1)
}

pub(crate) fn hundredths(value: u64) -> String {
    format!("{}.{:02}", value / 100, value % 100)
}

/// A duration with three or four digits.
pub(crate) fn show_ns(ns: u64) -> String {
    match ns {
        0..10_000 => format!("{ns} ns"),
        10_000..10_000_000 => format!("{}.{:01} µs", ns / 1_000, ns / 100 % 10),
        10_000_000..10_000_000_000 => format!("{}.{:01} ms", ns / 1_000_000, ns / 100_000 % 10),
        _ => format!("{}.{:01} s", ns / 1_000_000_000, ns / 100_000_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_the_same_in_any_order_and_not_the_same_for_other_texts() {
        let sum = |texts: &[&str]| {
            let mut sum = Sum::default();
            texts.iter().for_each(|text| sum.text(text));
            sum
        };
        assert_eq!(sum(&["ab", "cde"]), sum(&["cde", "ab"]));
        assert_ne!(sum(&["ab", "cde"]), sum(&["ab", "cdf"]));
    }

    #[test]
    fn contenders_that_see_different_rows_end_the_run() {
        let operation = Operation { title: "x".into(), per_turn: 1, warm_up: false };
        let seeing = |rows| Contender::timed("who", move |_| Ok(Sum::of_rows(rows)));
        assert!(compare(2, &operation, vec![seeing(3), seeing(3)]).is_ok());
        assert!(compare(2, &operation, vec![seeing(3), seeing(4)]).is_err());
    }

    #[test]
    fn medians_and_durations_are_shown_in_few_digits() {
        assert_eq!(median(&[9, 1, 5]), 5);
        assert_eq!(
            (show_ns(912), show_ns(12_345), show_ns(1_234_567)),
            ("912 ns".into(), "12.3 µs".into(), "1234.5 µs".into())
        );
        assert_eq!(hundredths(305), "3.05");
    }
}
