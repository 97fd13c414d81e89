//! Bytes to send.

/// `size` bytes without a pattern that a mistake could hide in; the same for the same `seed`.
pub fn noise(size: usize, seed: usize) -> Vec<u8> {
    let mut state = seed as u64 + 1;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        // xorshift64 (Marsaglia, "Xorshift RNGs", 2003)
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}
