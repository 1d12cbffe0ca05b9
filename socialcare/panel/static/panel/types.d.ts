/** What the panel's modules hand to each other. Read by editors and people; no browser loads it. */

/** Parts of the page as the server streams them. */
export interface Frame {
  /** New html by the name of the part. */
  html: Record<string, string>;
  /** Of the rows that the parts were rendered from. */
  versions?: { agent?: number; interaction?: number };
  /** Whose thread it is; null when none is open, or what was open is not to be seen any more. */
  interaction?: string | null;
  /** With single messages of the thread: where the page must stand to take them. */
  after?: number;
  /** Every part is in it. */
  all?: boolean;
  /** The server's clock, ISO. */
  now?: string;
}

/** What the server says of the open interaction, for those who write in it: the part "compose-state". */
export interface Compose {
  interaction: string | null;
  customer: string;
  first_name: string;
  network: string;
  /** Whether one may write at all, and why not. */
  open: boolean;
  reason: string;
  public: Channel;
  private: Channel;
  default: Visibility;
  /** The customer wrote in private last, and it was not yet asked whether to answer in public. */
  confirm_public: boolean;
  /** The post that a public reply answers unless another is chosen. */
  answering: Target | null;
  /** The newest first. */
  drafts: { visibility: Visibility; in_reply_to: string | null; text: string; saved_at: string }[];
  /** Uploaded, and not yet sent. */
  attachments: Stored[];
  types: string[];
  max_bytes: number;
  unread: number;
  urls: Record<string, string>;
}

export type Visibility = "public" | "private";

export interface Channel {
  allowed: boolean;
  reason: string;
  /** One row of the platform rules; null where the platform has no such messages. */
  rules: object | null;
}

/** A post as the composer speaks of it. */
export interface Target {
  id: string;
  name: string;
  quote: string;
}

/** A file on the server. */
export interface Stored {
  id: string;
  name: string;
  size: number;
  type: string;
  alt: string;
  url: string;
  thumb: string;
  urls: { discard: string; describe: string };
}

/** A file that is not on the server (yet). */
export interface Upload {
  interaction: string;
  /** Where it goes. */
  url: string;
  file: File;
  /** How much of it has arrived, 0 to 1. */
  share: number;
  /** In words, or "". */
  trouble: string;
  /** Whether trying again may help. */
  again: boolean;
  preview: string;
  request: XMLHttpRequest | null;
  /** Ids of the files that were on the server when it began. */
  before: string[];
}

/** One press of Send: it is delivered once, with one key. */
export interface Entry {
  key: string;
  url: string;
  interaction: string;
  visibility: Visibility;
  text: string;
  /** The message that is answered, or "". */
  target: string;
  files: string[];
  confirmed: boolean;
  then_end?: boolean;
  /** Whose browser this was. */
  person: string;
}

/** Where a draft belongs. */
export interface Slot {
  url: string;
  visibility: Visibility;
  target: string;
}

/** What the reply box shows. */
export interface Look {
  interaction: string;
  visibility: Visibility;
  target: Target | null;
  asking: boolean;
  sending: boolean;
  text: string;
  /** Why it cannot be sent, or "". */
  obstacle: (measured: { over: number }) => string;
}

/** An emoji with its name, its other search words, and its five skin tones if it has them. */
export type Row = [symbol: string, name: string, words: string, tones?: string[]];
