//! What the programs share: slices of both sides in turn, and their medians.

use std::time::Duration;

pub use rustix::time::ClockId;
use rustix::time::clock_gettime;

/// How many slices each side has.
const SLICES: usize = 200;

/// How long a slice takes.
const SLICE: Duration = Duration::from_millis(5);

/// Measures both sides in slices that take turns, and prints a line of JSON: nanoseconds a call, and the ratios.
pub fn pair(row: &str, mut ours: impl FnMut(), mut theirs: impl FnMut()) {
    let (count_ours, count_theirs) = (calls(&mut ours), calls(&mut theirs));
    let (mut all_ours, mut all_theirs) = (Vec::new(), Vec::new());
    for slice in 0..SLICES {
        let (mine, other) = if slice % 2 == 0 {
            let mine = timed(&mut ours, count_ours);
            (mine, timed(&mut theirs, count_theirs))
        } else {
            let other = timed(&mut theirs, count_theirs);
            (timed(&mut ours, count_ours), other)
        };
        all_ours.push(mine);
        all_theirs.push(other);
    }
    report(row, &all_ours, &all_theirs);
}

/// Prints a line of JSON: the medians, in nanoseconds, and the quartiles of the ratios of slices that were neighbours.
pub fn report(row: &str, ours: &[f64], theirs: &[f64]) {
    let slices = ours.len();
    let [low, ratio, high] = quartiles(ours.iter().zip(theirs).map(|(mine, other)| mine / other).collect());
    let [_, ours, _] = quartiles(ours.to_vec());
    let [_, theirs, _] = quartiles(theirs.to_vec());
    println!(
        r#"{{"row":"{row}","unit":"ns","ours":{ours},"theirs":{theirs},"ratio":{ratio},"low":{low},"high":{high},"slices":{slices}}}"#
    );
}

/// Nanoseconds a call, of this thread's CPU time: what else runs on the machine does not count.
fn timed(call: &mut impl FnMut(), count: u32) -> f64 {
    let began = cpu_time(ClockId::ThreadCPUTime);
    for _ in 0..count {
        call();
    }
    cpu_time(ClockId::ThreadCPUTime).saturating_sub(began).as_secs_f64() * 1e9 / f64::from(count)
}

/// The CPU time of this thread or of the whole process.
#[must_use]
pub fn cpu_time(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// How many calls a slice has. What it takes to find out warms up.
fn calls(call: &mut impl FnMut()) -> u32 {
    let mut count = 1;
    loop {
        let one = timed(call, count);
        if one * f64::from(count) >= SLICE.as_secs_f64() * 1e9 {
            return count;
        }
        count = count.saturating_mul(2);
    }
}

/// The quartiles, the median in the middle.
fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    let at = |part: usize| values[(values.len() - 1) * part / 4];
    [at(1), at(2), at(3)]
}
