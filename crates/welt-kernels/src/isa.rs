//! Which instructions of the processor the kernels use: found when the program runs, or chosen by a test.

use std::sync::OnceLock;

/// Vector instructions that this processor has and that there are kernels for.
///
/// A value is the proof that the processor has them, which every call of such an instruction rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Isa(Set);

/// The plainest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Set {
    /// None but those that every processor of this kind has.
    Portable,
    /// AVX2 with fused multiply-add.
    Avx2,
    /// AVX-512 with its byte and word instructions and VNNI.
    Avx512,
    /// The same with products of bfloat16 pairs.
    Avx512Bf16,
}

const SETS: [Set; 4] = [Set::Portable, Set::Avx2, Set::Avx512, Set::Avx512Bf16];

impl Set {
    #[cfg(target_arch = "x86_64")]
    fn is_available(self) -> bool {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vnni");
        match self {
            Self::Portable => true,
            Self::Avx2 => avx2,
            Self::Avx512 => avx2 && avx512,
            Self::Avx512Bf16 => avx2 && avx512 && is_x86_feature_detected!("avx512bf16"),
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn is_available(self) -> bool {
        self == Self::Portable
    }
}

impl Isa {
    /// Every set of instructions that this processor has, the plainest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        SETS.into_iter().filter(|set| set.is_available()).map(Self).collect()
    }

    /// The best that this processor has, or a plainer one that the environment variable `WELT_ISA` names: `portable`,
    /// `avx2`, `avx512` or `avx512bf16`. The variable is read once.
    ///
    /// A name that is not known, or that this processor lacks, is as good as none: the variable is there for tests.
    #[must_use]
    pub fn of_machine() -> Self {
        static CHOSEN: OnceLock<Isa> = OnceLock::new();
        *CHOSEN.get_or_init(|| {
            let named = std::env::var("WELT_ISA").unwrap_or_default();
            let available = Self::available();
            let best = available.last().copied().unwrap_or(Self(Set::Portable));
            available.into_iter().find(|isa| isa.name() == named).unwrap_or(best)
        })
    }

    /// As `WELT_ISA` takes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            Set::Portable => "portable",
            Set::Avx2 => "avx2",
            Set::Avx512 => "avx512",
            Set::Avx512Bf16 => "avx512bf16",
        }
    }

    /// Whether bfloat16 is multiplied as such, instead of as the f32 of the same value.
    #[must_use]
    pub fn multiplies_bf16(self) -> bool {
        self.0 == Set::Avx512Bf16
    }

    #[cfg(target_arch = "x86_64")]
    pub(crate) fn has_avx512(self) -> bool {
        self.0 >= Set::Avx512
    }

    pub(crate) const fn set(self) -> Set {
        self.0
    }
}

/// A function of plain loops, compiled once for each set of instructions and chosen when it is called.
///
/// The bodies are the same, and the compiler keeps the order of operations, so every set gives the same bits.
macro_rules! vectorised {
    ($(#[$meta:meta])* $visibility:vis fn $name:ident($isa:ident: Isa $(, $argument:ident: $kind:ty)* $(,)?) $(-> $result:ty)? $body:block) => {
        $(#[$meta])*
        $visibility fn $name($isa: $crate::Isa $(, $argument: $kind)*) $(-> $result)? {
            #[inline(always)]
            #[allow(clippy::too_many_arguments, reason = "as the function above it")]
            fn plain($($argument: $kind),*) $(-> $result)? $body
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
            #[allow(clippy::too_many_arguments, reason = "as the function above it")]
            fn avx512($($argument: $kind),*) $(-> $result)? { plain($($argument),*) }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            #[allow(clippy::too_many_arguments, reason = "as the function above it")]
            fn avx2($($argument: $kind),*) $(-> $result)? { plain($($argument),*) }
            match $isa.set() {
                // SAFETY: a value of `Isa` is made only where the processor has these instructions.
                #[cfg(target_arch = "x86_64")]
                $crate::isa::Set::Avx512 | $crate::isa::Set::Avx512Bf16 => unsafe { avx512($($argument),*) },
                // SAFETY: the same.
                #[cfg(target_arch = "x86_64")]
                $crate::isa::Set::Avx2 => unsafe { avx2($($argument),*) },
                _ => plain($($argument),*),
            }
        }
    };
}
pub(crate) use vectorised;
