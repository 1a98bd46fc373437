//! Lists that grow item by item in objects that are copied with each change.

use std::sync::Arc;

/// A list whose copies share its items: copying and adding cost little, however long it is.
///
/// Its chunks get shorter towards the end. What is added is a chunk of its own at first, and absorbs those before it that
/// are not longer; so there are few chunks, and few times that an item is copied.
#[derive(Clone, Debug)]
pub(crate) struct List<T>(Vec<Arc<Vec<T>>>);

impl<T> List<T> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flat_map(|chunk| chunk.iter())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Clone> List<T> {
    pub(crate) fn push(&mut self, item: T) {
        let mut last = vec![item];
        while let Some(before) = self.0.pop_if(|before| before.len() <= last.len()) {
            last.splice(..0, before.iter().cloned());
        }
        self.0.push(Arc::new(last));
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone> Extend<T> for List<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

impl<T: Clone> FromIterator<T> for List<T> {
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
            assert!(list.0.len() <= 10, "{} chunks", list.0.len());
        }
        copies.push(list);
        for (len, copy) in copies.iter().enumerate() {
            assert!(copy.iter().copied().eq(0..len));
            assert_eq!(copy.is_empty(), len == 0);
        }
        assert!((0..7).collect::<List<_>>().iter().copied().eq(0..7));
    }
}
