//! `GET /partner_team/{key}`: the members of a partner's team.

use super::{Ask, Endpoint, Items, item};
use crate::clock::{DAY, NOW, salt};
use crate::dice::{Dice, base62};
use crate::envelope::Shape;
use crate::texts::{FIRST, LAST};
use crate::world::Partnership;

/// The members of a team.
pub(crate) struct PartnerTeam;

/// The owner and at most four others.
fn members(seed: u64, partnership: &Partnership) -> Items {
    let count = 1 + Dice::new(seed, salt(&partnership.team.key), 0).roll(5);
    (0..count).map(|at| member(seed, partnership, at)).collect()
}

/// Member 0 is the partner; some others are only invited, without key and times.
fn member(seed: u64, partnership: &Partnership, at: u64) -> Vec<u8> {
    let team = &partnership.team;
    let mut dice = Dice::new(seed, salt(&team.key) ^ salt("member"), at);
    let owner = at == 0;
    let key = format!("memb_{}", base62(dice.bits()));
    let joined = team.created_at + dice.span(NOW - team.created_at + 1);
    let joined = (owner || !dice.chance(30)).then_some(joined);
    let email = format!("member{at}+{}@example.com", partnership.first_name.to_lowercase());
    let (first, last) = (dice.word(FIRST), dice.word(LAST));
    item(|object| {
        object.opt_int("created_at", joined);
        object.text("email", if owner { &partnership.email } else { &email });
        object.text("first_name", if owner { &partnership.first_name } else { first });
        object.int("joined_at", joined.unwrap_or(NOW - DAY));
        object.opt_text("key", joined.map(|_| key.as_str()));
        object.text("last_name", if owner { &partnership.last_name } else { last });
        object.text("team_key", &team.key);
        object.text("team_name", &team.name);
        object.text("team_owner_email", &partnership.email);
        object.opt_int("updated_at", joined.map(|time| (time + dice.span(DAY)).min(NOW)));
    })
}

impl Endpoint for PartnerTeam {
    fn pattern(&self) -> &'static str {
        "partner_team/{key}"
    }

    fn knob(&self) -> &'static str {
        "partner_team"
    }

    fn message(&self) -> &'static str {
        "Partner team retrieved successfully"
    }

    fn shape(&self) -> Option<Shape> {
        None
    }

    fn find(&self, ask: &Ask<'_>) -> Option<Items> {
        let world = ask.world();
        let partnership = world.partnerships.iter().find(|p| p.team.key == ask.argument(0))?;
        Some(members(world.seed, partnership))
    }

    fn all(&self, ask: &Ask<'_>) -> Items {
        let world = ask.world();
        world.partnerships.iter().flat_map(|p| members(world.seed, p)).collect()
    }
}
