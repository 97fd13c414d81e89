//! Bytes to send.

/// `size` bytes without a pattern that a mistake could hide in; the same for the same `seed`.
pub fn noise(size: usize, seed: usize) -> Vec<u8> {
    let mut state = seed as u64 + 1;
    let mut bytes = vec![0; size];
    for chunk in bytes.chunks_mut(8) {
        // xorshift64 (Marsaglia, "Xorshift RNGs", 2003)
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        chunk.copy_from_slice(&state.to_le_bytes()[..chunk.len()]);
    }
    bytes
}
