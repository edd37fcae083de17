//! nervaluate's matching: each prediction in turn takes the gold entity that suits it, and later ones must do with what is left.
//! Entities in, numbers of pairs out; what makes a pair right is the caller's.

use welt_tags::Chunk;

use super::{MinOverlap, Pairs};

/// Matches the entities of one text or group, in the order of their lists.
///
/// A prediction takes the gold entity with the closest bounds of those with which it is right, else the first that it overlaps.
pub(super) fn pairs(
    gold: &[Chunk<'_>],
    predicted: &[Chunk<'_>],
    min_overlap: MinOverlap,
    right: impl Fn(&Chunk<'_>, &Chunk<'_>) -> bool,
) -> Pairs {
    let mut unused: Vec<&Chunk<'_>> = gold.iter().collect();
    let mut pairs = Pairs::default();
    for entity in predicted {
        let (mut closest, mut first_wrong) = (None, None);
        for (place, candidate) in unused.iter().enumerate() {
            let right = right(candidate, entity);
            if !right && first_wrong.is_some() || !min_overlap.admits(candidate, entity) {
                continue;
            }
            let distance = candidate.start.abs_diff(entity.start) + candidate.end.abs_diff(entity.end);
            match closest {
                _ if !right => first_wrong = Some(place),
                Some((least, _)) if least <= distance => {}
                _ => closest = Some((distance, place)),
            }
            if right && distance == 0 {
                break;
            }
        }
        if let Some((_, place)) = closest {
            pairs.right += 1;
            unused.remove(place);
        } else if let Some(place) = first_wrong {
            pairs.other += 1;
            unused.remove(place);
        }
    }
    pairs
}
