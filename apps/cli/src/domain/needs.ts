import type { Secret } from "@sigil/crypto";
import type { LoadedConfig } from "@sigil/service";
import type { LlmEndpoint, LocalCommand } from "@sigil/wire";
import type { AroundStore, Noted } from "./around-store.ts";
import type { AuthorTools } from "./author/tools.ts";
import type { Result, Settings } from "./command.ts";
import type { Workshop } from "./demo/workshop.ts";
import type { Facts } from "./doctor/facts.ts";
import type { WithDoor } from "./door.ts";
import type { IssuerDesk } from "./issuer.ts";
import type { IssuerVault } from "./issuer-vault.ts";
import type { KeyRow } from "./key-row.ts";
import type { Host } from "./launch.ts";
import type { Licence } from "./licence-choice.ts";
import type { Shelf } from "./licence-keeping.ts";
import type { Packages } from "./packages.ts";
import type { VerifyStore } from "./store-report.ts";
import type { Addresses, Running } from "./supervisor.ts";

/** How far something long is; `total` undefined where nobody knows. */
export interface Progress {
  readonly what: string;
  readonly done: number;
  readonly total?: number | undefined;
}

/** A line of a file, or why it is none. */
export type FileLine = { readonly number: number } & (
  | { readonly text: string }
  | {
      readonly code: string;
      readonly detail: string;
      /** How a line begins that is too long. */
      readonly start?: string;
    }
);

/** What a service says about itself without a licence. */
export interface ServiceState {
  readonly reachable: boolean;
  readonly ready: boolean;
  readonly reasons: readonly string[];
  readonly version: string | undefined;
}

/**
 * Everything that commands may need of the machine; each takes only the members that it names. Implemented by the
 * adapters and joined in main.
 */
export interface Needs {
  readonly homeOf: (settings: Settings) => string;
  /** Throws `home-missing`, `home-not-sigil`, `home-incomplete`. */
  readonly requireHome: (home: string) => void;
  readonly configOf: (settings: Settings) => LoadedConfig;
  readonly host: Host;
  readonly withDoor: WithDoor;
  readonly stateOf: (url: string) => Promise<ServiceState>;
  readonly addressesOf: (settings: Settings) => Addresses;
  readonly runningOf: (settings: Settings) => Running | undefined;
  /** The id of the runtime that the home pins; undefined when the home holds none. */
  readonly runtimeOf: (settings: Settings) => string | undefined;
  readonly licences: (settings: Settings) => readonly Licence[];
  readonly licenceFor: (settings: Settings, action: string) => Licence | undefined;
  /** Decides an action that the door has no route for, before its command starts. Throws a denial, `licence-refused`. */
  readonly admitHere: (settings: Settings, action: string) => Promise<void>;
  /**
   * The licence that one would act with, whether or not it suffices, and the settings that act with it; undefined when
   * there is none.
   */
  readonly licenceAbout: (
    settings: Settings,
    action: string,
  ) => { readonly licence: Licence; readonly settings: Settings } | undefined;
  /** The quorum mode that the home's trust file names; solo where there is no home. */
  readonly quorumMode: (settings: Settings) => "solo" | "quorum";
  /** The language models that modules may ask: by record, or as a start of this home would find them. */
  readonly modelsOf: (settings: Settings) => Promise<readonly LlmEndpoint[]>;
  readonly issuer: (settings: Settings) => IssuerDesk;
  readonly issuerVault: (settings: Settings) => IssuerVault;
  readonly shelf: Shelf;
  readonly packages: Packages;
  readonly keys: (settings: Settings) => readonly KeyRow[];
  readonly aroundStore: (settings: Settings) => AroundStore;
  /** Notes in the home, before it begins, a command of this machine that SigilDERG records. Throws `decision-not-noted`. */
  readonly noteHere: (settings: Settings, action: LocalCommand["action"]) => Noted;
  readonly verifyStore: (settings: Settings) => VerifyStore;
  /** Everything that the doctor looks at; a disk with less free than `leastFree` bytes counts as full. */
  readonly facts: (settings: Settings, leastFree: number) => Promise<Facts>;
  /** Text of a regular file; undefined for an optional one that is not there. */
  readonly readText: (path: string) => string;
  readonly readTextIfThere: (path: string) => string | undefined;
  readonly readSource: (path: string) => { readonly path: string; readonly text: string };
  readonly writeText: (path: string, text: string, replace: boolean) => void;
  /**
   * Writes a file of any length as its parts come; it is there under its name when all of it is. Throws `file-exists` unless
   * `replace`, `file-not-writable`, and what ended the parts: then nothing of it is left.
   */
  readonly writeParts: (path: string, parts: AsyncIterable<Uint8Array>, replace: boolean) => Promise<void>;
  /** The lines of a file of any length, one at a time, by number from 1; what is not UTF-8, or too long, by its code. */
  readonly readLines: (path: string) => AsyncIterable<FileLine>;
  readonly stdin: () => Promise<string>;
  /**
   * The passphrase of a key file, from `file` if one is named; a fresh one is held to a length. Throws `passphrase-missing`,
   * `passphrase-refused`.
   */
  readonly passphrase: (what: string, fresh: boolean, file?: string) => Promise<Secret>;
  /** What the person at the terminal answers to a question; undefined where nobody sits there, or --json says a program asks. */
  readonly answer: (question: string) => Promise<string | undefined>;
  readonly author: AuthorTools;
  readonly workshop: Workshop;
  /** The example's path from where the command runs. */
  readonly example: string;
  /** Prints a result at once, for commands that go on after it. */
  readonly emit: (result: Result) => void;
  /** Prints one of many results as it comes: one line of JSON with --json, else its lines. */
  readonly emitLine: (result: Result) => void;
  /** Prints lines for a person as they come; with --json nothing. */
  readonly tell: (lines: Result["text"]) => void;
  /** How far something long is: a bar on a terminal, a line at times elsewhere. */
  readonly progress: (at: Progress) => void;
  /** Says on stderr what is under way. */
  readonly say: (line: string) => void;
  /** Prints lines of others on stderr at once, safe for a terminal. */
  readonly warn: (lines: readonly string[]) => void;
  /** Raised by Ctrl-C and its like. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
}
