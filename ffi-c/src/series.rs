//! Lists that several threads add to without a lock, which a forked child might inherit.

use std::sync::atomic::{AtomicUsize, Ordering};

use once_cell::race::OnceBox;

/// Items one after the other. To add one copies none, and what was added stays in its place. At every moment the list is as
/// long as the items that are there: a child that was forked while another thread was adding has that item or does not.
#[derive(Debug)]
pub(crate) struct Series<T> {
    /// Most lists have no more.
    first: [OnceBox<T>; FIRST],
    /// Blocks that are as long as all before them together, made when they are first needed.
    rest: OnceBox<[OnceBox<Block<T>>; BLOCKS]>,
    /// So many items are there at least; from here on one has to look.
    known: AtomicUsize,
}

type Block<T> = Box<[OnceBox<T>]>;

const FIRST: usize = 8;

/// As many as there are numbers for.
const BLOCKS: usize = (usize::BITS - FIRST.ilog2()) as usize;

impl<T> Default for Series<T> {
    fn default() -> Self {
        Self { first: [const { OnceBox::new() }; FIRST], rest: OnceBox::new(), known: AtomicUsize::new(0) }
    }
}

impl<T> Series<T> {
    /// Adds an item behind those that are there.
    pub(crate) fn push(&self, item: T) {
        let mut item = Box::new(item);
        let mut index = self.known.load(Ordering::Acquire);
        // No list in memory is so long that there is no place for one more.
        while let Some(place) = self.made_place(index) {
            index += 1;
            match place.set(item) {
                Ok(()) => break,
                Err(back) => item = back,
            }
        }
        self.known.store(index, Ordering::Release);
    }

    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        self.place(index)?.get()
    }

    pub(crate) fn len(&self) -> usize {
        let known = self.known.load(Ordering::Acquire);
        (known..usize::MAX).find(|index| self.get(*index).is_none()).unwrap_or(usize::MAX)
    }

    /// The first `len` of them.
    pub(crate) fn iter(&self, len: usize) -> impl Iterator<Item = &T> {
        (0..len).map_while(|index| self.get(index))
    }

    fn place(&self, index: usize) -> Option<&OnceBox<T>> {
        self.first.get(index).or_else(|| {
            let (block, len) = block_of(index);
            self.rest.get()?.get(block)?.get()?.get(index - len)
        })
    }

    fn made_place(&self, index: usize) -> Option<&OnceBox<T>> {
        self.first.get(index).or_else(|| {
            let (block, len) = block_of(index);
            let blocks = self.rest.get_or_init(|| Box::new([const { OnceBox::new() }; BLOCKS]));
            let made = || Box::new((0..len).map(|_| OnceBox::new()).collect());
            blocks.get(block)?.get_or_init(made).get(index - len)
        })
    }
}

/// The block that has this place, and its length, which is the index of its first place too.
fn block_of(index: usize) -> (usize, usize) {
    let block = (index / FIRST).ilog2();
    (block as usize, FIRST << block)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Barrier};
    use std::thread;

    use super::*;

    #[test]
    fn items_come_in_the_order_in_which_they_were_added() {
        let list = Series::default();
        assert_eq!(list.len(), 0);
        for item in 0..1000 {
            assert!(list.get(item).is_none());
            list.push(item);
            assert_eq!(list.len(), item + 1);
        }
        assert!(list.iter(1000).copied().eq(0..1000));
        assert!(list.iter(9).copied().eq(0..9));
        assert!(list.get(usize::MAX).is_none());
    }

    #[test]
    fn it_lets_go_of_its_items() {
        let item = Arc::new(());
        let list = Series::default();
        (0..1000).for_each(|_| list.push(Arc::clone(&item)));
        assert_eq!(Arc::strong_count(&item), 1001);
        drop(list);
        assert_eq!(Arc::strong_count(&item), 1);
    }

    /// As a forked child finds it whose parent's other thread had put an item there, but not counted it.
    #[test]
    fn an_item_that_was_not_counted_is_there_and_none_takes_its_place() {
        for known in 0..=20 {
            let list = Series::default();
            (0..20).for_each(|item| list.push(item));
            list.known.store(known, Ordering::Release);
            assert_eq!(list.len(), 20);
            list.push(20);
            assert_eq!(list.known.load(Ordering::Acquire), 21);
            assert!(list.iter(list.len()).copied().eq(0..=20));
        }
    }

    #[test]
    fn what_threads_add_at_once_is_all_there_and_stays() {
        const EACH: usize = 2000;
        for _ in 0..5 {
            let list = Series::default();
            let all = Barrier::new(8);
            thread::scope(|scope| {
                for thread in 0..8 {
                    let (list, all) = (&list, &all);
                    scope.spawn(move || {
                        all.wait();
                        for number in 0..EACH {
                            list.push((thread, number));
                            let seen: Vec<_> = list.iter(9).copied().collect();
                            let len = list.len();
                            assert!(list.get(len - 1).is_some() && len > number);
                            assert!(list.iter(seen.len()).copied().eq(seen));
                        }
                    });
                }
            });
            let items: Vec<_> = list.iter(list.len()).copied().collect();
            assert_eq!(items.len(), 8 * EACH);
            for thread in 0..8 {
                let of_thread = items.iter().filter(|item| item.0 == thread).map(|item| item.1);
                assert!(of_thread.eq(0..EACH));
            }
        }
    }
}
