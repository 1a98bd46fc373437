//! The buffers of a connection. A client may have many connections, and most of what passes is short: there is room for that at
//! first, and more only as long as an answer needs it.

use ureq::unversioned::transport::Buffers;

/// Room for what comes in, usually.
const USUAL: usize = 8 * 1024;

/// And at most: twice the longest head that ureq takes.
const MOST: usize = 128 * 1024;

/// What ureq uses for a body whose length is not known; ours is.
const SCRATCH: usize = 1024;

#[derive(Debug)]
pub(super) struct Room {
    input: Vec<u8>,
    /// The bytes that have come and were not taken yet.
    from: usize,
    to: usize,
    output: Vec<u8>,
    output_size: usize,
    progress: bool,
}

impl Room {
    /// Takes no memory yet.
    pub(super) fn new(output_size: usize) -> Self {
        Self { input: Vec::new(), from: 0, to: 0, output: Vec::new(), output_size, progress: false }
    }

    fn make_output(&mut self) {
        if self.output.is_empty() {
            self.output.resize(self.output_size, 0);
        }
    }

    fn make_input(&mut self) {
        if self.input.is_empty() {
            self.input.resize(USUAL, 0);
        }
        let is_short = |room: &Self| room.input.len() - room.to < SCRATCH;
        if is_short(self) && self.from > 0 {
            self.input.copy_within(self.from..self.to, 0);
            (self.from, self.to) = (0, self.to - self.from);
        }
        if is_short(self) && self.input.len() < MOST {
            self.input.resize(self.input.len() * 2, 0);
        }
    }
}

impl Buffers for Room {
    fn output(&mut self) -> &mut [u8] {
        self.make_output();
        &mut self.output
    }

    fn input(&self) -> &[u8] {
        self.input.get(self.from..self.to).unwrap_or_default()
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.make_input();
        self.input.get_mut(self.to..).unwrap_or_default()
    }

    fn input_appended(&mut self, amount: usize) {
        self.to = (self.to + amount).min(self.input.len());
    }

    fn input_consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.from = (self.from + amount).min(self.to);
        if self.from == self.to {
            (self.from, self.to) = (0, 0);
            if self.input.len() > USUAL {
                self.input = Vec::new();
            }
        }
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.make_output();
        self.make_input();
        (self.input.get_mut(self.to..).unwrap_or_default(), &mut self.output)
    }

    fn can_use_input(&self) -> bool {
        !self.input().is_empty() && self.progress
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pattern(index: usize) -> u8 {
        u8::try_from(index % 251).unwrap_or_default()
    }

    proptest! {
        /// Whatever comes in pieces and is taken in pieces stays as it was.
        #[test]
        fn what_comes_is_what_is_taken(steps in proptest::collection::vec((0..20_000_usize, 0..20_000_usize), 0..60)) {
            let mut room = Room::new(100);
            let (mut come, mut taken) = (0_usize, 0_usize);
            for (piece, take) in steps {
                let place = room.input_append_buf();
                prop_assert!(!place.is_empty() || come - taken > MOST - SCRATCH);
                let piece = piece.min(place.len());
                for byte in &mut place[..piece] {
                    *byte = pattern(come);
                    come += 1;
                }
                room.input_appended(piece);
                prop_assert_eq!(room.input().len(), come - taken);
                let take = take.min(room.input().len());
                for (index, byte) in room.input()[..take].iter().enumerate() {
                    prop_assert_eq!(*byte, pattern(taken + index));
                }
                room.input_consume(take);
                taken += take;
                prop_assert!(room.input.len() <= MOST);
                prop_assert!(!room.input().is_empty() || room.input.len() <= USUAL);
            }
        }
    }

    #[test]
    fn there_is_room_when_it_is_asked_for() {
        let mut room = Room::new(100);
        assert!(room.input().is_empty() && room.input.is_empty() && room.output.is_empty());
        assert_eq!((room.output().len(), room.input_append_buf().len()), (100, USUAL));
        let (scratch, output) = room.tmp_and_output();
        assert!(scratch.len() >= SCRATCH && output.len() == 100);
    }
}
