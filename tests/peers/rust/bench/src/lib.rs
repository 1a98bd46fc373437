//! What the programs share: slices of both sides in turn, and their medians.

use std::time::{Duration, Instant};

/// How many slices each side has.
pub const SLICES: usize = 200;

/// How long a slice takes.
const SLICE: Duration = Duration::from_millis(5);

/// Measures both sides in slices that take turns, and prints a line of JSON: nanoseconds a call, and the ratios.
pub fn pair(row: &str, mut ours: impl FnMut(), mut theirs: impl FnMut()) {
    let (count_ours, count_theirs) = (calls(&mut ours), calls(&mut theirs));
    let (mut all_ours, mut all_theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for slice in 0..SLICES {
        let (mine, other) = if slice % 2 == 0 {
            let mine = timed(&mut ours, count_ours);
            (mine, timed(&mut theirs, count_theirs))
        } else {
            let other = timed(&mut theirs, count_theirs);
            (timed(&mut ours, count_ours), other)
        };
        ratios.push(mine / other);
        all_ours.push(mine);
        all_theirs.push(other);
    }
    let [_, ours, _] = quartiles(&mut all_ours);
    let [_, theirs, _] = quartiles(&mut all_theirs);
    let [low, ratio, high] = quartiles(&mut ratios);
    println!(
        r#"{{"row":"{row}","unit":"ns","ours":{ours},"theirs":{theirs},"ratio":{ratio},"low":{low},"high":{high},"slices":{SLICES}}}"#
    );
}

/// Nanoseconds a call.
fn timed(call: &mut impl FnMut(), count: u32) -> f64 {
    let began = Instant::now();
    for _ in 0..count {
        call();
    }
    began.elapsed().as_secs_f64() * 1e9 / f64::from(count)
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
pub fn quartiles(values: &mut [f64]) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    let at = |part: usize| values[(values.len() - 1) * part / 4];
    [at(1), at(2), at(3)]
}
