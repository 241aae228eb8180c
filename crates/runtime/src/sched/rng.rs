//! A small random number generator for choices that need no quality: where to start stealing, in
//! which order a `select` looks. Marsaglia's xorshift32, as Go's `cheaprand` once was.

/// Not for secrets.
pub struct Rng(u32);

impl Rng {
    /// Seeded by `seed`; 0 is as good as any other.
    pub const fn new(seed: u32) -> Self {
        Self(seed | 1)
    }

    /// Seeded by where something lies in memory, which differs between threads.
    pub fn from_address(address: usize) -> Self {
        // Models must do the same at the next try.
        let address = if cfg!(loom) { 0 } else { address };
        // The multiplier is 2^32 divided by the golden ratio: it spreads nearby addresses.
        Self::new(((address >> 4) as u32).wrapping_mul(0x9e37_79b9))
    }

    /// The next 32 bits.
    #[expect(
        clippy::should_implement_trait,
        reason = "an endless source, not an iterator"
    )]
    pub fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    /// A number below `n`, which must not be 0.
    pub fn below(&mut self, n: u32) -> u32 {
        // Lemire's multiplication instead of a division; the bias is below 2^-32 * n.
        ((u64::from(self.next()) * u64::from(n)) >> 32) as u32
    }
}
