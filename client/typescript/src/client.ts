import type {
  Alert, AlertTransition, BatchLine, BatchOptions, BatchSummary, Connected, Disconnected, Examined, Fleet, Found, History, HistoryQuery, Identity, InvitationInfo, InvitationRequest, KeyInfo, KeyRequest, MadeInvitation, MadeKey, Rebooting, Receiver, ReceiverTested, Retried, Revoked, Router, RouterChanges, RouterSettings, RunAnswer, RunOptions, SystemInfo, TextRow, Ticket, TicketRequest, UserAnswer, UserRequest, Users, UsersQuery,
} from "./api.js";
import { MikronecError } from "./errors.js";
import { type ClientOptions, errorOf, json, type RequestOptions, Requests } from "./http.js";
import { Rest } from "./rest.js";
import type { components } from "./schema.js";
import { Watch, type WatchOptions } from "./watch.js";

/**
 * A client of one server. Its methods throw a {@link MikronecError}, or the reason of the
 * caller's signal. None of them repeats a request.
 */
export class Mikronec {
  readonly #requests: Requests;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions = {}) {
    this.#requests = new Requests(options);
    this.#options = options;
  }

  /** `GET /routers`: the status of all routers that the key sees. */
  routers(options?: RequestOptions): Promise<Router[]> {
    return this.#requests.data({ method: "GET", path: "routers" }, options);
  }

  /** `GET /routers/{id}`. */
  router(id: string, options?: RequestOptions): Promise<Router> {
    return this.#requests.data({ method: "GET", path: at(id) }, options);
  }

  /** `GET /routers?format=yaml`: the routers in the form of `ROUTERS_FILE`, without passwords. */
  routersFile(options: RequestOptions = {}): Promise<string> {
    return this.#text("routers", "application/yaml", options, new URLSearchParams({ format: "yaml" }));
  }

  /** `POST /connect`: logs in to a router and registers it. The present comment stays unless another is given. */
  connect(id: string, settings: RouterSettings, options?: RequestOptions): Promise<Connected> {
    return this.#requests.data({ method: "POST", path: "connect", body: { router_id: id, ...settings } }, options);
  }

  /** `POST /disconnect`. */
  disconnect(id: string, options?: RequestOptions): Promise<Disconnected> {
    return this.#requests.data({ method: "POST", path: "disconnect", body: { router_id: id } }, options);
  }

  /** `PUT /routers/{id}`: as {@link connect}; a comment that is not given is removed. */
  putRouter(id: string, settings: RouterSettings, options?: RequestOptions): Promise<Connected> {
    return this.#requests.data({ method: "PUT", path: at(id), body: settings }, options);
  }

  /** `PATCH /routers/{id}`: changes what is given. */
  changeRouter(id: string, changes: RouterChanges, options?: RequestOptions): Promise<Connected> {
    return this.#requests.data({ method: "PATCH", path: at(id), body: changes }, options);
  }

  /** `DELETE /routers/{id}`. */
  deleteRouter(id: string, options?: RequestOptions): Promise<Disconnected> {
    return this.#requests.data({ method: "DELETE", path: at(id) }, options);
  }

  /** `POST /routers/{id}/retry`: connects to a router that is away, at once. */
  retryRouter(id: string, options?: RequestOptions): Promise<Retried> {
    return this.#requests.data({ method: "POST", path: at(id, "retry") }, options);
  }

  /** `POST /routers/{id}/reboot`: restarts a router; `identity` has to be its name, as `/system/identity` has it. */
  rebootRouter(id: string, identity: string, options?: RequestOptions): Promise<Rebooting> {
    return this.#requests.data({ method: "POST", path: at(id, "reboot"), body: { confirm: identity } }, options);
  }

  /** `GET /routers/{id}/users`: the users who are connected, with what they use of the line. */
  users(id: string, query: UsersQuery = {}, options: RequestOptions = {}): Promise<Users> {
    return this.#requests.send({ method: "GET", path: at(id, "users"), query: queryOf(query) }, options, json<Users>);
  }

  /** `POST /routers/{id}/users/disconnect`: ends the session of a user. */
  disconnectUser(id: string, user: UserRequest, options?: RequestOptions): Promise<UserAnswer> {
    return this.#requests.data({ method: "POST", path: at(id, "users/disconnect"), body: user }, options);
  }

  /** `POST /routers/{id}/users/disable`: disables the account of a user and ends the session. */
  disableUser(id: string, user: UserRequest, options?: RequestOptions): Promise<UserAnswer> {
    return this.#requests.data({ method: "POST", path: at(id, "users/disable"), body: user }, options);
  }

  /** `GET /system-info`: model, version and resources of a router. */
  systemInfo(id: string, options?: RequestOptions): Promise<SystemInfo> {
    return this.#requests.data({ method: "GET", path: "system-info", query: new URLSearchParams({ router: id }) }, options);
  }

  /** `POST /run`: runs a command. `args` is its path, then attributes (`=name=value`) and queries (`?name=value`). */
  async run(id: string, args: readonly string[], options: RunOptions & RequestOptions = {}): Promise<RunAnswer> {
    const { timeout, ...rest } = options;
    if (timeout !== undefined) rest.timeoutMs ??= timeout * 1000 + 10_000;
    const body = { router_id: id, args, ...(timeout === undefined ? {} : { timeout }) };
    const { data, ret, done } = await this.#requests.send({ method: "POST", path: "run", body }, rest, json<RunAnswer>);
    return { data, ...(ret === undefined ? {} : { ret }), ...(done === undefined ? {} : { done }) };
  }

  /**
   * `POST /run` with rows as they come, for commands that do not end, such as `/ping` and `listen`.
   * It returns what the router said at the end. Leaving the loop cancels the command on the router.
   */
  async *rows(id: string, args: readonly string[], options: RunOptions & RequestOptions = {}): AsyncGenerator<TextRow, TextRow, undefined> {
    const { timeout, ...rest } = options;
    const body = { router_id: id, args, ...(timeout === undefined ? {} : { timeout }) };
    for await (const line of this.#requests.objects<components["schemas"]["RunLine"]>({ method: "POST", path: "run", body }, rest)) {
      if ("row" in line) yield line.row;
      else if ("done" in line) return line.done;
      else if ("error" in line) throw errorOf(line.error);
      else throw errorOf({ code: "router_refused", error: line.trap.message, traps: line.trap.traps });
    }
    throw cutOff();
  }

  /** `POST /run/batch`: runs a command on many routers. Each gives one line when it is done; the summary is returned. */
  async *batch(
    routers: readonly string[] | "all", args: readonly string[], options: BatchOptions & RequestOptions = {},
  ): AsyncGenerator<BatchLine, BatchSummary, undefined> {
    const { signal, timeoutMs, ...more } = options;
    const rest: RequestOptions = { ...(signal ? { signal } : {}), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
    for await (const line of this.#requests.objects<components["schemas"]["BatchLine"]>({ method: "POST", path: "run/batch", body: { routers, args, ...more } }, rest)) {
      if ("summary" in line) return line.summary;
      yield line;
    }
    throw cutOff();
  }

  /** RouterOS's own REST of a router. */
  rest(id: string): Rest {
    return new Rest(this.#requests, id);
  }

  /** `GET /alerts`: the alerts that fire. */
  alerts(options?: RequestOptions): Promise<Alert[]> {
    return this.#requests.data({ method: "GET", path: "alerts" }, options);
  }

  /** `GET /alerts/history`: the last alerts and events, 100 without a limit. */
  alertHistory(query: { limit?: number } = {}, options?: RequestOptions): Promise<AlertTransition[]> {
    return this.#requests.data({ method: "GET", path: "alerts/history", query: queryOf(query) }, options);
  }

  /** `POST /alerts/{id}/silence`: tells nothing of an alert for a time such as `2h`; `0s` ends that. */
  silenceAlert(id: string, time: string, options?: RequestOptions): Promise<Alert> {
    return this.#requests.data({ method: "POST", path: `alerts/${encodeURIComponent(id)}/silence`, body: { for: time } }, options);
  }

  /** `GET /alerts/receivers`. */
  receivers(options?: RequestOptions): Promise<Receiver[]> {
    return this.#requests.data({ method: "GET", path: "alerts/receivers" }, options);
  }

  /** `POST /alerts/receivers/{name}/test`: sends a test message and waits for its delivery. */
  testReceiver(name: string, options?: RequestOptions): Promise<ReceiverTested> {
    return this.#requests.data({ method: "POST", path: `alerts/receivers/${encodeURIComponent(name)}/test` }, options);
  }

  /** `GET /search`: looks in the last tables of all routers; no router is asked. */
  search(q: string, query: { limit?: number } = {}, options: RequestOptions = {}): Promise<Found> {
    return this.#requests.send({ method: "GET", path: "search", query: queryOf({ q, ...query }) }, options, json<Found>);
  }

  /** `GET /routers/{id}/history`: what was measured of a router. */
  history(id: string, query: HistoryQuery = {}, options: RequestOptions = {}): Promise<History> {
    return this.#requests.send({ method: "GET", path: at(id, "history"), query: queryOf(query) }, options, json<History>);
  }

  /** `GET /routers/{id}/doctor`: why a router does not work, and what to do. */
  examine(id: string, options?: RequestOptions): Promise<Examined> {
    return this.#requests.data({ method: "GET", path: at(id, "doctor") }, options);
  }

  /** `GET /fleet`: the instances of the fleet; a single instance throws `not_found`. */
  fleet(options?: RequestOptions): Promise<Fleet> {
    return this.#requests.data({ method: "GET", path: "fleet" }, options);
  }

  /** `POST /tickets`: a ticket with which a page without a key opens streams. */
  ticket(request: TicketRequest, options?: RequestOptions): Promise<Ticket> {
    return this.#requests.data({ method: "POST", path: "tickets", body: request }, options);
  }

  /** `GET /whoami`: role and routers of the key. */
  whoami(options?: RequestOptions): Promise<Identity> {
    return this.#requests.data({ method: "GET", path: "whoami" }, options);
  }

  /** `GET /keys`: the keys whose routers are all among those of the own one. */
  keys(options?: RequestOptions): Promise<KeyInfo[]> {
    return this.#requests.data({ method: "GET", path: "keys" }, options);
  }

  /** `POST /keys`: makes a key. */
  createKey(request: KeyRequest, options?: RequestOptions): Promise<MadeKey> {
    return this.#requests.data({ method: "POST", path: "keys", body: request }, options);
  }

  /** `DELETE /keys/{name}`: takes a key back, whose streams and commands end. */
  revokeKey(name: string, options?: RequestOptions): Promise<Revoked> {
    return this.#requests.data({ method: "DELETE", path: `keys/${encodeURIComponent(name)}` }, options);
  }

  /** `GET /invitations`: those that can be exchanged. */
  invitations(options?: RequestOptions): Promise<InvitationInfo[]> {
    return this.#requests.data({ method: "GET", path: "invitations" }, options);
  }

  /** `POST /invitations`: an invitation to a key. */
  invite(request: InvitationRequest, options?: RequestOptions): Promise<MadeInvitation> {
    return this.#requests.data({ method: "POST", path: "invitations", body: request }, options);
  }

  /** `DELETE /invitations/{name}`: takes an invitation back that was not exchanged. */
  withdrawInvitation(name: string, options?: RequestOptions): Promise<Revoked> {
    return this.#requests.data({ method: "DELETE", path: `invitations/${encodeURIComponent(name)}` }, options);
  }

  /** `POST /invitations/exchange`: makes the key of an invitation, once; needs no key. */
  exchangeInvitation(token: string, options?: RequestOptions): Promise<MadeKey> {
    return this.#requests.data({ method: "POST", path: "invitations/exchange", body: { token } }, options);
  }

  /** `GET /healthz`: resolves if the process runs. */
  async health(options?: RequestOptions): Promise<void> {
    await this.#requests.data({ method: "GET", path: "healthz" }, options);
  }

  /** `GET /readyz`: resolves if requests are accepted, else throws `starting` or `shutting_down`. */
  async ready(options?: RequestOptions): Promise<void> {
    await this.#requests.data({ method: "GET", path: "readyz" }, options);
  }

  /** `GET /openapi.json`: the document of the API. */
  openAPI(options: RequestOptions = {}): Promise<Record<string, unknown>> {
    return this.#requests.send({ method: "GET", path: "openapi.json" }, options, json<Record<string, unknown>>);
  }

  /** `GET /metrics`: the text format of Prometheus. */
  metrics(options: RequestOptions = {}): Promise<string> {
    return this.#text("metrics", "text/plain", options);
  }

  /** `GET /sse`: watches routers, through restarts of the server and of the network. */
  watch(options: WatchOptions): Watch {
    return new Watch(this.#requests, this.#options, options);
  }

  #text(path: string, accept: string, options: RequestOptions, query?: URLSearchParams): Promise<string> {
    return this.#requests.send({ method: "GET", path, accept, ...(query ? { query } : {}) }, options, (response) => response.text());
  }
}

const at = (id: string, more?: string) => `routers/${encodeURIComponent(id)}${more ? "/" + more : ""}`;

/** The parameters of a query that are given. */
const queryOf = (query: object) => new URLSearchParams(Object.entries(query).filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)]));

const cutOff = () => new MikronecError({ code: "network", message: "the answer ended early" });
