//! How fast frames are found in the bytes of a read.
//!
//! `cargo bench -p sol08_bonus_binary`

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use sol03_enhanced::Framing;
use sol08_bonus_binary::Frames;

/// The largest read of the engine.
const READ: usize = 64 * 1024;

const HEADER: usize = 4;

fn main() {
    divan::main();
}

/// As many bytes of frames of this length, with their header, as a read holds. The length doesn't divide that of a read, so that
/// frames are cut anywhere.
#[divan::bench(args = [9, 65, 1025, 1_000_001])]
fn frames(bencher: Bencher, length: usize) {
    let content = u32::try_from(length - HEADER).expect("it is a short one").to_be_bytes();
    let frame = [content.to_vec(), vec![b'x'; length - HEADER]].concat();
    let stream = frame.repeat((16 * READ).div_ceil(length));
    let mut frames = Frames::new(u32::MAX);
    bencher.counter(BytesCount::of_slice(&stream)).bench_local(|| {
        for read in stream.chunks(READ) {
            frames.split(black_box(read)).for_each(|message| _ = black_box(message));
        }
    });
}
