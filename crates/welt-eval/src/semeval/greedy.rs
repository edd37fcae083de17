//! nervaluate's matching: each prediction in turn takes the gold entity that suits it, and later ones must do with what is left.
//! Entities in, numbers of pairs out; what makes a pair right is the caller's.

use welt_tags::Chunk;

use super::{Matched, MinOverlap};
use crate::overlap::Runs;

/// Matches the entities of one text or group, in the order of their lists; `runs` are those of the gold entities.
///
/// A prediction takes the gold entity with the closest bounds of those with which it is right, else the first that it overlaps.
pub(super) fn pairs(
    gold: &[Chunk<'_>],
    predicted: &[Chunk<'_>],
    runs: &Runs,
    min_overlap: MinOverlap,
    right: impl Fn(&Chunk<'_>, &Chunk<'_>) -> bool,
) -> Matched {
    let mut used = vec![false; gold.len()];
    let mut pairs = Matched::default();
    for entity in predicted {
        let (mut closest, mut first_wrong): (Option<(usize, usize)>, Option<usize>) = (None, None);
        for index in runs.indices(entity.start..entity.end) {
            if used[index] {
                continue;
            }
            let candidate = &gold[index];
            let right = right(candidate, entity);
            let too_late = !right && first_wrong.is_some_and(|first| first < index);
            if too_late || !min_overlap.admits(candidate, entity) {
                continue;
            }
            if !right {
                first_wrong = Some(index);
                continue;
            }
            let distance = candidate.start.abs_diff(entity.start) + candidate.end.abs_diff(entity.end);
            closest = Some(closest.map_or((distance, index), |known| known.min((distance, index))));
            if distance == 0 {
                // Those with the same bounds come in the order of their list.
                break;
            }
        }
        if let Some((_, index)) = closest {
            pairs.right += 1;
            used[index] = true;
        } else if let Some(index) = first_wrong {
            pairs.other += 1;
            used[index] = true;
        }
    }
    pairs
}
