import {
  activeWitnesses,
  admitVote,
  CanonError,
  changeWitnesses,
  enterQuorum,
  handOver,
  majorityOf,
  type Proposal,
  presentKey,
  proposalDigest,
  proveWitness,
  type SignedAttestation,
  signAttestation,
  type VerifiedVote,
  verifyVote,
  type WitnessSet,
} from "@sigil/canon";
import { generateSeed, type SigningKey, signingKey } from "@sigil/crypto";
import { type ProposalEvent, type ProposalStateName, proposalObjection, proposalState } from "@sigil/policy";
import fc from "fast-check";
import { expect, test } from "vitest";

// The life of proposals and witnesses, by any people in any order. The model is a few sets and counters that are changed as
// things happen; the real thing is a list of records from which everything is derived, again after each restart.

const RUNTIME = "0193";
const LIFE = 40;
const PEOPLE = ["ada", "bea", "cid", "dan", "eve"] as const;
type Person = (typeof PEOPLE)[number];
/** Keys are made once: one for each person and generation. */
const made = new Map<string, SigningKey>();
function keyOf(person: Person, generation: number): SigningKey {
  const name = `${person} ${generation}`;
  const key = made.get(name) ?? signingKey(generateSeed());
  made.set(name, key);
  return key;
}
const timeAt = (ms: number) => new Date(Date.UTC(2026, 10, 22) + ms).toISOString();
const hashAt = (leaf: number) => `sha256:${String(leaf).padStart(64, "0")}`;

interface Seat {
  approve?: boolean;
  /** Generation of the key that voted. */
  by?: number;
  alive: boolean;
}
interface ModelProposal {
  readonly proposer: Person;
  readonly need: number;
  readonly ends: number;
  readonly seats: Map<Person, Seat>;
  end: ProposalStateName | undefined;
}
interface Model {
  now: number;
  generation: Map<Person, number>;
  active: Set<Person>;
  gone: Set<Person>;
  proposals: ModelProposal[];
}

type Entry =
  | { leaf: number; ts: string; change: unknown }
  | { leaf: number; ts: string; proposal: Proposal }
  | { leaf: number; ts: string; about: string; vote: SignedAttestation }
  | { leaf: number; ts: string; closed: "committed" | "withdrawn"; about: string }
  | { leaf: number; ts: string; moves: true };

class Real {
  log: Entry[] = [];
  set: WitnessSet = this.enter();
  votes = new Map<string, VerifiedVote[]>();

  enter(): WitnessSet {
    const witnesses = (["ada", "bea", "cid"] as const).map((each) => this.proof(each, 0, null));
    const payload = { v: 1, version: 1, witnesses, ts: timeAt(0) };
    return enterQuorum(RUNTIME, { leaf: 0, ts: timeAt(0), hash: hashAt(0), payload });
  }
  proof(person: Person, generation: number, replaces: string | null) {
    return proveWitness(
      { runtimeId: RUNTIME, id: `w-${person}`, principal: person, replaces },
      keyOf(person, generation),
    );
  }
  apply(entry: Entry): void {
    const { leaf, ts } = entry;
    if ("change" in entry)
      this.set = changeWitnesses(this.set, { leaf, ts, hash: hashAt(leaf), payload: entry.change });
    if ("vote" in entry) {
      const verified = verifyVote({ leaf, ts, hash: hashAt(leaf), vote: entry.vote }, this.set);
      this.votes.set(entry.about, [...(this.votes.get(entry.about) ?? []), verified]);
    }
    this.log.push(entry);
  }
  get leaf(): number {
    return this.log.length + 1;
  }
  proposals(): Proposal[] {
    return this.log.flatMap((each) => ("proposal" in each ? each.proposal : []));
  }
  state(proposal: Proposal, now: number) {
    const begun = this.log.findIndex((each) => "proposal" in each && each.proposal.id === proposal.id);
    const after = this.log.slice(begun);
    const moved =
      after.find((each) => "moves" in each || ("closed" in each && each.closed === "committed"))?.ts ?? null;
    const closed =
      after.flatMap((each) => ("closed" in each && each.about === proposal.id ? each.closed : []))[0] ?? null;
    const [digest, votes, set] = [proposalDigest(proposal), this.votes.get(proposal.id) ?? [], this.set];
    return proposalState({ proposal, digest, votes, set, closed, moved }, timeAt(now));
  }
  /** Everything again from the text of the records. */
  restart(): void {
    const text = JSON.stringify(this.log);
    this.log = [];
    this.set = this.enter();
    this.votes = new Map();
    for (const each of JSON.parse(text) as Entry[]) this.apply(each);
  }
}

type Step = (model: Model, real: Real) => void;
const stateOf = ({ end, seats, need }: ModelProposal): ProposalStateName =>
  end ??
  ([...seats.values()].filter(({ alive, approve }) => alive && approve).length >= need ? "approved" : "open");

/** What time and lost seats do to those that are still going. */
function settle(model: Model): void {
  for (const each of model.proposals) {
    const alive = [...each.seats.values()].filter((seat) => seat.alive).length;
    if (model.now >= each.ends) each.end ??= "expired";
    if (alive < each.need) each.end ??= "rejected";
  }
}
const refused = (act: () => unknown): string | undefined => {
  try {
    act();
  } catch (error) {
    if (error instanceof CanonError) return error.code;
    throw error;
  }
  return undefined;
};
const objection = (real: Real, at: number, now: number, event: ProposalEvent) =>
  proposalObjection(real.state(real.proposals()[at] as Proposal, now), event)?.code;
const REFUSED: Record<ProposalStateName, string | undefined> = {
  ...{ open: undefined, approved: undefined, committed: "proposal-closed", rejected: "proposal-closed" },
  ...{ expired: "proposal-expired", withdrawn: "proposal-closed", stale: "proposal-stale" },
};

function change(real: Real, model: Model, payload: object): string | undefined {
  const common = { version: real.set.version + 1, reason: "x", mode: "quorum" };
  const entry = { leaf: real.leaf, ts: timeAt(model.now), change: { ...common, ...payload } };
  return refused(() => real.apply(entry));
}

const propose =
  (proposer: Person): Step =>
  (model, real) => {
    const active = activeWitnesses(real.set);
    const proposal: Proposal = {
      ...{
        v: 1,
        id: `01930000-0000-7000-8000-${String(model.proposals.length).padStart(12, "0")}`,
        runtimeId: RUNTIME,
      },
      ...{
        action: "config.change",
        entry: { kind: "config.change", stream: "system/config", loa: "Mentor" },
      },
      ...{
        content: {},
        prevHash: null,
        policyDigest: hashAt(1),
        requiredK: majorityOf(active.length),
        witnessVersion: real.set.version,
      },
      eligible: active.filter(({ principal }) => principal !== proposer).map(({ id }) => id),
      ...{ proposer, reason: "x", createdAt: timeAt(model.now), expiresAt: timeAt(model.now + LIFE) },
    };
    real.apply({ leaf: real.leaf, ts: timeAt(model.now), proposal });
    const seats = new Map(
      [...model.active].filter((each) => each !== proposer).map((each) => [each, { alive: true }]),
    );
    const need = majorityOf(model.active.size);
    model.proposals.push({ proposer, need, ends: model.now + LIFE, seats, end: undefined });
  };

const cast =
  (person: Person, pick: number, approve: boolean, stale: boolean): Step =>
  (model, real) => {
    if (model.proposals.length === 0) return;
    const at = model.proposals.length - 1 - (pick % model.proposals.length);
    const of = model.proposals[at] as ModelProposal;
    const proposal = real.proposals()[at] as Proposal;
    const generation = model.generation.get(person) ?? 0;
    // An old key, where there is one.
    const used = stale && generation > 0 ? generation - 1 : generation;
    const attestation = { proposalDigest: proposalDigest(proposal), witness: `w-${person}`, iat: timeAt(0) };
    const vote = signAttestation(
      { ...attestation, verdict: approve ? "approve" : "reject" },
      keyOf(person, used),
    );
    const known = model.active.has(person) || model.gone.has(person);
    const seat = of.seats.get(person);
    const expected = !known
      ? "unknown-witness"
      : model.gone.has(person) || used !== generation
        ? "revoked-key"
        : person === of.proposer
          ? "self-attestation"
          : seat === undefined
            ? "not-eligible"
            : seat.approve !== undefined
              ? "duplicate-witness"
              : undefined;
    const votes = real.votes.get(proposal.id) ?? [];
    const ballot = { proposal, digest: proposalDigest(proposal), set: real.set, votes };
    expect(refused(() => admitVote(vote, ballot))).toBe(expected);
    expect(objection(real, at, model.now, approve ? "attest" : "reject")).toBe(REFUSED[stateOf(of)]);
    if (expected !== undefined || REFUSED[stateOf(of)] !== undefined || seat === undefined) return;
    real.apply({ leaf: real.leaf, ts: timeAt(model.now), about: proposal.id, vote });
    seat.approve = approve;
    seat.by = used;
    if (!approve) seat.alive = false;
  };

/** Who agrees at once, so that proposals are decided more often than by chance. */
const rally =
  (pick: number): Step =>
  (model, real) => {
    for (const each of PEOPLE) cast(each, pick, true, false)(model, real);
  };

const close =
  (pick: number, end: "committed" | "withdrawn"): Step =>
  (model, real) => {
    if (model.proposals.length === 0) return;
    const at = model.proposals.length - 1 - (pick % model.proposals.length);
    const of = model.proposals[at] as ModelProposal;
    const state = stateOf(of);
    const short = end === "committed" && state === "open" ? "quorum-not-reached" : REFUSED[state];
    expect(objection(real, at, model.now, end === "committed" ? "commit" : "withdraw")).toBe(short);
    if (short !== undefined) return;
    const about = (real.proposals()[at] as Proposal).id;
    real.apply({ leaf: real.leaf, ts: timeAt(model.now), closed: end, about });
    of.end = end;
    if (end === "committed") for (const each of model.proposals) each.end ??= "stale";
  };

const add =
  (person: Person): Step =>
  (model, real) => {
    const known = model.active.has(person) || model.gone.has(person);
    const code = change(real, model, { change: "add", witness: real.proof(person, 0, null) });
    expect(code).toBe(known ? "key-enrolled" : undefined);
    if (!known) model.active.add(person);
  };

const rotate =
  (person: Person, lost: boolean): Step =>
  (model, real) => {
    const generation = model.generation.get(person) ?? 0;
    const [old, next] = [keyOf(person, generation), generation + 1];
    const witness = real.proof(person, next, old.kid);
    const code = change(real, model, {
      change: "rotate",
      witness,
      old: lost ? null : handOver(witness.statement, old),
    });
    const expected = model.active.has(person)
      ? undefined
      : model.gone.has(person)
        ? "witness-revoked"
        : "unknown-witness";
    expect(code).toBe(expected);
    if (expected !== undefined) return;
    model.generation.set(person, next);
    if (!lost) return;
    // With a lost key goes what it voted; a key before it that handed over keeps its votes.
    for (const { seats } of model.proposals) {
      const seat = seats.get(person);
      if (seat?.approve === true && seat.by === generation) seat.alive = false;
    }
  };

const revoke =
  (person: Person): Step =>
  (model, real) => {
    const code = change(real, model, { change: "revoke", id: `w-${person}` });
    const expected = model.gone.has(person)
      ? "witness-revoked"
      : !model.active.has(person)
        ? "unknown-witness"
        : model.active.size <= 3
          ? "quorum-unreachable"
          : undefined;
    expect(code).toBe(expected);
    if (expected !== undefined) return;
    model.active.delete(person);
    model.gone.add(person);
    for (const { seats } of model.proposals) {
      const seat = seats.get(person);
      if (seat !== undefined) seat.alive = false;
    }
  };

const move: Step = (model, real) => {
  real.apply({ leaf: real.leaf, ts: timeAt(model.now), moves: true });
  for (const each of model.proposals) each.end ??= "stale";
};
const pass =
  (ms: number): Step =>
  (model) => {
    model.now += ms;
  };
const restart: Step = (_, real) => real.restart();

/** Every state that a run came to. */
const reached = new Set<ProposalStateName>();

const compare: Step = (model, real) => {
  const states = real.proposals().map((each) => real.state(each, model.now).state);
  expect(states).toEqual(model.proposals.map(stateOf));
  for (const each of states) reached.add(each);
  expect(
    activeWitnesses(real.set)
      .map(({ principal }) => principal)
      .sort(),
  ).toEqual([...model.active].sort());
  for (const each of activeWitnesses(real.set)) {
    const person = each.principal as Person;
    expect(presentKey(each)?.kid).toBe(keyOf(person, model.generation.get(person) ?? 0).kid);
  }
};

class Command implements fc.Command<Model, Real> {
  readonly name: string;
  readonly step: Step;
  constructor(name: string, step: Step) {
    this.name = name;
    this.step = step;
  }
  check(): boolean {
    return true;
  }
  run(model: Model, real: Real): void {
    model.now += 1;
    settle(model);
    this.step(model, real);
    settle(model);
    compare(model, real);
  }
  toString(): string {
    return this.name;
  }
}

const person = fc.constantFrom(...PEOPLE);
const pick = fc.constantFrom(0, 0, 0, 1, 2, 3);
const often = fc.constantFrom(true, true, true, false);
const commands = [
  person.map((who) => new Command(`propose(${who})`, propose(who))),
  fc
    .tuple(person, pick, often, often)
    .map(
      ([who, at, yes, fresh]) =>
        new Command(`vote(${who}, ${at}, ${yes}, ${fresh})`, cast(who, at, yes, !fresh)),
    ),
  fc.tuple(person, pick).map(([who, at]) => new Command(`vote(${who}, ${at})`, cast(who, at, true, false))),
  pick.map((at) => new Command(`rally(${at})`, rally(at))),
  pick.map((at) => new Command(`commit(${at})`, close(at, "committed"))),
  pick.map((at) => new Command(`withdraw(${at})`, close(at, "withdrawn"))),
  person.map((who) => new Command(`add(${who})`, add(who))),
  fc
    .tuple(person, fc.boolean())
    .map(([who, lost]) => new Command(`rotate(${who}, ${lost})`, rotate(who, lost))),
  person.map((who) => new Command(`revoke(${who})`, revoke(who))),
  fc.constant(new Command("move", move)),
  fc.nat(12).map((ms) => new Command(`pass(${ms})`, pass(ms))),
  fc.constant(new Command("restart", restart)),
];

test("the life of proposals and witnesses is the model's, whoever does what in which order, also after restarts", () => {
  fc.assert(
    fc.property(fc.commands(commands, { maxCommands: 60, size: "max" }), (all) => {
      const setup = () => {
        const active = new Set<Person>(["ada", "bea", "cid"]);
        const model: Model = { now: 1, generation: new Map(), active, gone: new Set(), proposals: [] };
        return { model, real: new Real() };
      };
      const begun = setup();
      fc.modelRun(() => begun, all);
    }),
    { numRuns: 150, seed: 826179186 },
  );
  // A run that never got anywhere would prove nothing.
  expect([...reached].sort()).toEqual([
    "approved",
    "committed",
    "expired",
    "open",
    "rejected",
    "stale",
    "withdrawn",
  ]);
});
