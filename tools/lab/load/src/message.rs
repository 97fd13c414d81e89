//! What is sent. Each message is at once a line, as step 03 understands it, and a frame of step 08: so all servers get the
//! same bytes, and none has more to do than another.

/// The length of a small message.
pub const SMALL: usize = 64;

/// The length of a large one, which is one write.
pub const LARGE: usize = 64 * 1024;

/// A frame's length comes first, in as many bytes.
const HEADER: usize = 4;

/// As many as a prime, so that their pattern and that of the writes don't meet soon.
const CHARACTERS: &[u8; 61] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxy";

/// A message of `length` bytes: the length of the rest, then characters, then a newline.
pub fn message(length: usize) -> Vec<u8> {
    let content = u32::try_from(length - HEADER).expect("a frame is not that long");
    let mut bytes = content.to_be_bytes().to_vec();
    // A different character each time, and no short period: what is swapped or left out doesn't look right.
    bytes.extend((HEADER..length - 1).map(|at| CHARACTERS[(at * 7 + at / 89) % CHARACTERS.len()]));
    bytes.push(b'\n');
    bytes
}

/// Writes a number into a message, so that the echo of an earlier one doesn't pass for its own.
pub fn stamp(message: &mut [u8], number: u64) {
    message[HEADER..HEADER + 16].copy_from_slice(format!("{number:016x}").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_a_frame_and_a_line() {
        for length in [SMALL, LARGE] {
            let mut message = message(length);
            stamp(&mut message, 255);
            assert_eq!(message.len(), length);
            assert_eq!(message[..4], u32::try_from(length - 4).unwrap().to_be_bytes());
            assert_eq!(message[4..20], *b"00000000000000ff");
            assert!(message[4..length - 1].iter().all(u8::is_ascii_graphic));
            assert_eq!(message[length - 1], b'\n');
        }
    }
}
