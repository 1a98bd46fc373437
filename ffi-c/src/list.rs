//! Lists that grow item by item in objects that are copied with each change.

use std::sync::Arc;

/// A list whose copies share its items: to copy it is to count one reference more, and to add to it copies nothing,
/// however long it is.
#[derive(Debug)]
pub(crate) struct List<T>(Option<Arc<Last<T>>>);

/// The last item, and those before it.
#[derive(Debug)]
struct Last<T> {
    item: T,
    before: List<T>,
}

impl<T> List<T> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let mut items = Vec::new();
        let mut rest = self;
        while let Some(last) = &rest.0 {
            items.push(&last.item);
            rest = &last.before;
        }
        items.into_iter().rev()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn push(&mut self, item: T) {
        let before = Self(self.0.take());
        self.0 = Some(Arc::new(Last { item, before }));
    }
}

/// One item after the other: were each dropped inside of the next, the stack would have to be as long as the list.
impl<T> Drop for List<T> {
    fn drop(&mut self) {
        let mut rest = self.0.take();
        while let Some(mut last) = rest.and_then(Arc::into_inner) {
            rest = last.before.0.take();
        }
    }
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Extend<T> for List<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut list = Self::default();
        list.extend(items);
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_in_the_order_in_which_they_were_added_and_copies_keep_theirs() {
        let mut list = List::default();
        assert!(list.is_empty());
        let mut copies = Vec::new();
        for item in 0..1000 {
            copies.push(list.clone());
            list.push(item);
        }
        copies.push(list);
        for (len, copy) in copies.iter().enumerate() {
            assert!(copy.iter().copied().eq(0..len));
            assert_eq!(copy.is_empty(), len == 0);
        }
        assert!((0..7).collect::<List<_>>().iter().copied().eq(0..7));
    }

    #[test]
    fn a_list_may_be_longer_than_the_stack_and_lets_go_of_what_nobody_else_has() {
        let item = Arc::new(());
        let list: List<_> = (0..300_000).map(|_| Arc::clone(&item)).collect();
        let copy = list.clone();
        drop(list);
        assert_eq!(Arc::strong_count(&item), 300_001);
        drop(copy);
        assert_eq!(Arc::strong_count(&item), 1);
    }
}
