//! The scenes, one for each step.

mod step_01;
mod step_02;
mod step_03;
mod step_04;
mod step_05;
mod step_06;
mod step_07;
mod step_08;
mod step_09;
mod step_10;

use crate::scene::{Actor, Scene};
use steps::Step;

const ALICE: Actor = Actor("alice");
const BOB: Actor = Actor("bob");
const SERVER: Actor = Actor("server");
const CLIENT: Actor = Actor("client");
/// Who sits at the terminal in which the program runs.
const YOU: Actor = Actor("you");

/// Nobody is disconnected while somebody talks about the scene.
const AN_HOUR: &[&str] = &["--idle-timeout", "3600"];

const ALL: [&Scene; 10] = [
    &step_01::SCENE,
    &step_02::SCENE,
    &step_03::SCENE,
    &step_04::SCENE,
    &step_05::SCENE,
    &step_06::SCENE,
    &step_07::SCENE,
    &step_08::SCENE,
    &step_09::SCENE,
    &step_10::SCENE,
];

/// The scene of a step.
pub fn of(step: &Step) -> Option<&'static Scene> {
    ALL.into_iter().find(|scene| scene.step == step.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_has_a_scene() {
        for step in Step::all().unwrap() {
            assert!(of(&step).is_some(), "{step} has none");
        }
    }

    #[test]
    fn who_acts_is_in_the_cast() {
        for scene in ALL {
            let actors = scene.acts.iter().filter_map(|act| act.actor).chain([scene.program]);
            for actor in actors {
                assert!(scene.cast.contains(&actor), "{}: {}", scene.step, actor.0);
            }
        }
    }
}
