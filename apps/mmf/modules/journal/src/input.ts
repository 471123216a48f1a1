/** What the journal is asked to do. A property that an action does not use is refused by name. */
export const INPUT = {
  type: "object",
  required: ["do"],
  properties: {
    do: { enum: ["write", "list", "summarise"], description: "What to do with the notes." },
    text: { type: "string", minLength: 1, maxLength: 8192, description: "write: the note." },
    type: { enum: ["episodic", "semantic", "procedural"], description: "write: what kind of memory it is." },
    tags: {
      type: "array",
      maxItems: 8,
      items: { type: "string", minLength: 1, maxLength: 64 },
      description: "write: tags of the note, each [a-z0-9][a-z0-9._-]*.",
    },
    tag: {
      type: "string",
      minLength: 1,
      maxLength: 64,
      description: "list, summarise: notes with this tag.",
    },
    limit: {
      type: "integer",
      minimum: 1,
      maximum: 100,
      description: "list, summarise: the newest so many; 20 of a list, 100 of a summary.",
    },
    prose: {
      enum: ["model", "none"],
      description: "summarise: none asks no language model, even if there is one.",
    },
  },
} as const;

export type Action = (typeof INPUT.properties.do.enum)[number];

/** Which properties each action uses, beside `do`. */
export const USES: Readonly<Record<Action, readonly string[]>> = {
  write: ["text", "type", "tags"],
  list: ["tag", "limit"],
  summarise: ["tag", "limit", "prose"],
};
