import type { components } from "./schema.js";

type Schemas = components["schemas"];

/** How to connect to api-ssl of a router. */
export type TLS = Schemas["TLS"];
export type RouterSettings = Schemas["PutRequest"];

/** What is given is changed; `tls: null` is the plain API. */
export type RouterChanges = Schemas["ChangeRequest"];
export type Connected = Schemas["Connected"];
export type Disconnected = Schemas["Disconnected"];
export type Retried = Schemas["Retried"];
export type Rebooting = Schemas["Rebooting"];

/** The status of a router. */
export type Router = Schemas["Router"];

/** `/system/resource`, `/system/routerboard` and `/system/identity`, with the names of RouterOS. */
export type SystemInfo = Schemas["SystemInfo"];

/** A PPP or hotspot user who is connected. */
export type User = Schemas["User"];
export type Users = Omit<Schemas["UsersAnswer"], "success">;

/** Which users to list, and in which order; see docs/api.md. */
export interface UsersQuery {
  q?: string;
  service?: "ppp" | "hotspot";
  sort?: string;
  offset?: number;
  limit?: number;
}

/** A user, as a row of `ppp_active` or `hotspot_active` has it. */
export type UserRequest = Schemas["UserRequest"];
export type UserAnswer = Schemas["UserAnswer"];

/** An alert that fires. */
export type Alert = Schemas["Alert"];

/** An alert that fires or has ended, or an event. */
export type AlertTransition = Schemas["AlertTransition"];
export type Receiver = Schemas["Receiver"];
export type ReceiverTested = Schemas["ReceiverTested"];

/** Rows as the router sent them: all values are text. */
export type TextRow = Schemas["TextRow"];

export interface RunOptions {
  /** Seconds after which the server cancels the command; `RUN_TIMEOUT` of the server without it. */
  timeout?: number;
}

/** `ret` is what the router said at the end; `done` is all of it, if it is more. */
export type RunAnswer = Omit<Schemas["RunAnswer"], "success">;

export interface BatchOptions extends RunOptions {
  /** Routers at a time; 16 without it, 256 at most. */
  concurrency?: number;
  stop_on_error?: boolean;
}

/** What became of the command on one router of a batch. */
export type BatchLine = Schemas["BatchSuccess"] | Schemas["BatchFailure"];
export type BatchSummary = Schemas["BatchSummary"];
export type TicketRequest = Schemas["TicketRequest"];
export type Ticket = Schemas["Ticket"];

/** Role and routers of a key. */
export type Identity = Schemas["Identity"];

/** What a new key is to permit. */
export type KeyRequest = Schemas["KeyRequest"];

/** What an admin may know of a key, and of an invitation to one. */
export type KeyInfo = Schemas["KeyInfo"];
export type InvitationInfo = Schemas["InvitationInfo"];

/** A key with its secret, which the server does not keep. */
export type MadeKey = Schemas["MadeKey"];
export type InvitationRequest = Omit<Schemas["InvitationRequest"], "ttl"> & Partial<Pick<Schemas["InvitationRequest"], "ttl">>;
export type MadeInvitation = Schemas["MadeInvitation"];
export type Revoked = Schemas["Revoked"];

/** What a search has found. */
export type Found = Omit<Schemas["SearchAnswer"], "success">;

export interface HistoryQuery {
  /** Names, separated by commas; one that ends with `*` stands for all that begin so. */
  series?: string;
  /** A time in RFC 3339 or Unix seconds, or how long ago, such as `1h`. */
  from?: string;
  /** Seconds, 60 at least. */
  step?: number;
}

/** What was measured of a router. */
export type History = Omit<Schemas["HistoryAnswer"], "success">;

/** Why a router does not work. */
export type Examined = Schemas["Examined"];

/** The instances of the fleet. */
export type Fleet = Schemas["Fleet"];
