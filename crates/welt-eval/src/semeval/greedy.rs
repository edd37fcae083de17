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
        for place in runs.places(entity.start..entity.end) {
            if used[place] {
                continue;
            }
            let candidate = &gold[place];
            let right = right(candidate, entity);
            let too_late = !right && first_wrong.is_some_and(|first| first < place);
            if too_late || !min_overlap.admits(candidate, entity) {
                continue;
            }
            if !right {
                first_wrong = Some(place);
                continue;
            }
            let distance = candidate.start.abs_diff(entity.start) + candidate.end.abs_diff(entity.end);
            closest = Some(closest.map_or((distance, place), |known| known.min((distance, place))));
            if distance == 0 {
                // Those with the same bounds come in the order of their list.
                break;
            }
        }
        if let Some((_, place)) = closest {
            pairs.right += 1;
            used[place] = true;
        } else if let Some(place) = first_wrong {
            pairs.other += 1;
            used[place] = true;
        }
    }
    pairs
}
