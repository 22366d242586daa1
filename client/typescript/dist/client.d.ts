interface components {
	schemas: {
		/**
		 * @description An alert that fires.
		 * @example {
		 *       "alert": "3f1c9a5b7d20e4f8",
		 *       "at": "2026-11-26T11:08:35Z",
		 *       "id": "3f1c9a5b7d20e4f8-m2x9k1-firing",
		 *       "router_id": "cabang-jakarta-01",
		 *       "rule": "cpu",
		 *       "severity": "warning",
		 *       "since": "2026-11-26T11:03:35Z",
		 *       "source": "cpu",
		 *       "started": "2026-11-26T11:08:35Z",
		 *       "status": "firing",
		 *       "value": 97,
		 *       "when": "cpu > 90"
		 *     }
		 */
		Alert: {
			/** @description It was told before, and still fires. */
			again?: boolean;
			/** @description Of the alert, the same from firing to resolved. */
			alert: string;
			/** Format: date-time */
			at: string;
			/** @description The condition no longer holds, and the time of clear_for passes. */
			clearing?: boolean;
			/**
			 * Format: int32
			 * @description How many more events there were that are not told one by one.
			 */
			count?: number;
			/** @description Of drops, the number before. */
			from?: number;
			/** @description Of this transition, the same whenever it is sent. */
			id: string;
			/** @description Of alerts of the server, in a fleet: which instance. */
			instance?: string;
			/** @description A line of the log, an error, or why it ended. */
			reason?: string;
			/** @description Missing for alerts of the server. */
			router_id?: string;
			rule: string;
			/** @enum {string} */
			severity: "info" | "warning" | "critical";
			/** Format: date-time */
			silenced_until?: string;
			/**
			 * Format: date-time
			 * @description The condition holds since then.
			 */
			since: string;
			/** @description The source of the rule, such as router.down. */
			source: string;
			/**
			 * Format: date-time
			 * @description It fires since then.
			 */
			started: string;
			/** @enum {string} */
			status: "firing" | "resolved" | "event";
			/** @description An interface, user, pool or sensor, by the name that the router has. */
			subject?: string;
			test?: boolean;
			/** @description The receivers; missing for all. */
			to?: string[];
			/** @description Nothing is known at present: the router is down, or a menu cannot be read. */
			unknown?: boolean;
			/** @description Nobody was told, because of quiet hours or a silence. */
			untold?: boolean;
			/** @description What was measured or counted. */
			value?: number;
			/** @description The condition of the rule. */
			when: string;
		};
		/**
		 * @description An alert that fires or has ended, or an event. Webhooks have the same.
		 * @example {
		 *       "alert": "3f1c9a5b7d20e4f8",
		 *       "at": "2026-11-26T11:08:35Z",
		 *       "id": "3f1c9a5b7d20e4f8-m2x9k1-firing",
		 *       "router_id": "cabang-jakarta-01",
		 *       "rule": "cpu",
		 *       "severity": "warning",
		 *       "since": "2026-11-26T11:03:35Z",
		 *       "source": "cpu",
		 *       "started": "2026-11-26T11:08:35Z",
		 *       "status": "firing",
		 *       "value": 97,
		 *       "when": "cpu > 90"
		 *     }
		 */
		AlertTransition: {
			/** @description It was told before, and still fires. */
			again?: boolean;
			/** @description Of the alert, the same from firing to resolved. */
			alert: string;
			/** Format: date-time */
			at: string;
			/**
			 * Format: int32
			 * @description How many more events there were that are not told one by one.
			 */
			count?: number;
			/** @description Of drops, the number before. */
			from?: number;
			/** @description Of this transition, the same whenever it is sent. */
			id: string;
			/** @description Of alerts of the server, in a fleet: which instance. */
			instance?: string;
			/** @description A line of the log, an error, or why it ended. */
			reason?: string;
			/** @description Missing for alerts of the server. */
			router_id?: string;
			rule: string;
			/** @enum {string} */
			severity: "info" | "warning" | "critical";
			/**
			 * Format: date-time
			 * @description The condition holds since then.
			 */
			since: string;
			/** @description The source of the rule, such as router.down. */
			source: string;
			/**
			 * Format: date-time
			 * @description It fires since then.
			 */
			started: string;
			/** @enum {string} */
			status: "firing" | "resolved" | "event";
			/** @description An interface, user, pool or sensor, by the name that the router has. */
			subject?: string;
			test?: boolean;
			/** @description The receivers; missing for all. */
			to?: string[];
			/** @description What was measured or counted. */
			value?: number;
			/** @description The condition of the rule. */
			when: string;
		};
		ArpDelta: {
			added?: components["schemas"]["ArpRow"][];
			/** @description Whole rows. */
			changed?: components["schemas"]["ArpRow"][];
			/** @description Why the rows are old; null when they are current again. */
			error?: string | null;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			/** @description Their .id, in menus without .id their position. */
			removed?: string[];
			router_id: components["schemas"]["RouterID"];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "arp";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "delta";
		};
		/** @description A row of /ip/arp. */
		ArpRow: {
			".id": string;
			DHCP?: components["schemas"]["Flag"];
			address?: string;
			comment?: string;
			complete?: components["schemas"]["Flag"];
			dhcp?: components["schemas"]["Flag"];
			disabled?: components["schemas"]["Flag"];
			dynamic?: components["schemas"]["Flag"];
			interface?: string;
			invalid?: components["schemas"]["Flag"];
			"mac-address"?: string;
			published?: components["schemas"]["Flag"];
			status?: string;
			vrf?: string;
		} & {
			[key: string]: unknown | components["schemas"]["Field"];
		};
		ArpSnapshot: {
			/** @description Why the rows are old or missing. */
			error?: string;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			router_id: components["schemas"]["RouterID"];
			rows: components["schemas"]["ArpRow"][];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "arp";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "snapshot";
		};
		BatchEnd: {
			summary: components["schemas"]["BatchSummary"];
		};
		/**
		 * @example {
		 *       "code": "router_refused",
		 *       "error": "no such command prefix",
		 *       "router_id": "cabang-jakarta-01",
		 *       "success": false,
		 *       "traps": [
		 *         {
		 *           "message": "no such command prefix"
		 *         }
		 *       ]
		 *     }
		 */
		BatchFailure: {
			code: components["schemas"]["ErrorCode"];
			data?: components["schemas"]["TextRow"][];
			done?: components["schemas"]["TextRow"];
			error: string;
			ret?: string;
			/** @description As the request names it. */
			router_id: string;
			/** @constant */
			success: false;
			traps?: components["schemas"]["Trap"][];
		};
		/** @description One line of a batch. The last one is the summary. */
		BatchLine: components["schemas"]["BatchSuccess"] | components["schemas"]["BatchFailure"] | components["schemas"]["BatchEnd"];
		/**
		 * @example {
		 *       "args": [
		 *         "/system/resource/print"
		 *       ],
		 *       "routers": "all"
		 *     }
		 */
		BatchRequest: {
			/** @description The path, then attributes (=name=value) and queries (?name=value). */
			args: string[];
			/**
			 * Format: int32
			 * @description Routers at the same time; default 16.
			 */
			concurrency?: number | null;
			routers: components["schemas"]["RouterList"];
			/** @description Start no further routers after a failure. */
			stop_on_error?: boolean | null;
			/**
			 * Format: double
			 * @description Seconds for each router; default RUN_TIMEOUT, at most MAX_RUN_TIMEOUT.
			 */
			timeout?: number | null;
		};
		/**
		 * @example {
		 *       "data": [
		 *         {
		 *           "name": "cabang-jakarta-01"
		 *         }
		 *       ],
		 *       "router_id": "cabang-jakarta-01",
		 *       "success": true
		 *     }
		 */
		BatchSuccess: {
			data: components["schemas"]["TextRow"][];
			done?: components["schemas"]["TextRow"];
			ret?: string;
			router_id: string;
			/** @constant */
			success: true;
		};
		/**
		 * @example {
		 *       "failed": 0,
		 *       "ok": 1,
		 *       "routers": 1,
		 *       "skipped": 0,
		 *       "took_ms": 12
		 *     }
		 */
		BatchSummary: {
			/** Format: int64 */
			failed: number;
			/** Format: int64 */
			ok: number;
			/** Format: int64 */
			routers: number;
			/**
			 * Format: int64
			 * @description Not started, because of stop_on_error or because the client closed the connection.
			 */
			skipped: number;
			/** Format: int64 */
			took_ms: number;
		};
		/** @description Commands of a session and their limits. */
		Budget: {
			/** Format: int64 */
			in_flight: number;
			/** Format: int64 */
			max_in_flight: number;
			/** Format: int64 */
			max_queued: number;
			/** Format: int64 */
			max_streams: number;
			/** Format: int64 */
			queued: number;
			/**
			 * Format: int64
			 * @description Commands that run until they are cancelled.
			 */
			streams: number;
		};
		CapsManDelta: {
			added?: components["schemas"]["CapsManRow"][];
			/** @description Whole rows. */
			changed?: components["schemas"]["CapsManRow"][];
			/** @description Why the rows are old; null when they are current again. */
			error?: string | null;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			/** @description Their .id, in menus without .id their position. */
			removed?: string[];
			router_id: components["schemas"]["RouterID"];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "caps_man";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "delta";
		};
		/** @description A row of /caps-man/registration-table. */
		CapsManRow: {
			".id": string;
			ap?: components["schemas"]["Flag"];
			authorized?: components["schemas"]["Flag"];
			"last-activity"?: string;
			/** Format: int64 */
			"last-activity-milliseconds"?: number;
			/** Format: int64 */
			"last-activity-seconds"?: number;
			"rx-bits-per-second"?: components["schemas"]["Counter"];
			"tx-bits-per-second"?: components["schemas"]["Counter"];
			uptime?: string;
			/** Format: int64 */
			"uptime-milliseconds"?: number;
			/** Format: int64 */
			"uptime-seconds"?: number;
			wds?: components["schemas"]["Flag"];
		} & {
			[key: string]: unknown | components["schemas"]["Field"];
		};
		CapsManSnapshot: {
			/** @description Why the rows are old or missing. */
			error?: string;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			router_id: components["schemas"]["RouterID"];
			rows: components["schemas"]["CapsManRow"][];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "caps_man";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "snapshot";
		};
		/**
		 * @description What is to change. At least one field but wait is needed; null is as if a field was not there, but for tls.
		 * @example {
		 *       "comment": "second floor"
		 *     }
		 */
		ChangeRequest: {
			code_page?: string | null;
			comment?: string | null;
			host?: string | null;
			/** @description It may be empty; at most 256 bytes, no control characters. */
			pass?: string | null;
			/** @description null for the plain API. */
			tls?: components["schemas"]["TLS"] | null;
			user?: string | null;
			/** @description false takes the changes without waiting for the login. */
			wait?: boolean | null;
		};
		/**
		 * @description Hardware and users of a router, every POLL_INTERVAL.
		 * @example {
		 *       "hardware": [
		 *         {
		 *           "cpu-load": 24,
		 *           "uptime": "6w5d10h14s",
		 *           "uptime-seconds": 4096814,
		 *           "version": "7.20.4 (stable)"
		 *         }
		 *       ],
		 *       "hotspot_active": [],
		 *       "ppp_active": [
		 *         {
		 *           ".id": "*800001",
		 *           "address": "10.0.0.2",
		 *           "name": "user-0000"
		 *         }
		 *       ],
		 *       "router_id": "cabang-jakarta-01",
		 *       "ts": 1795404646
		 *     }
		 */
		CombinedEvent: {
			/** @description Why an array is empty. */
			errors?: {
				hardware?: string;
				hotspot_active?: string;
				ppp_active?: string;
			};
			hardware: components["schemas"]["HardwareRow"][];
			hotspot_active: components["schemas"]["HotspotActiveRow"][];
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			ppp_active: components["schemas"]["PppActiveRow"][];
			router_id: components["schemas"]["RouterID"];
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
		};
		/**
		 * @example {
		 *       "host": "192.168.88.1",
		 *       "pass": "password123",
		 *       "router_id": "cabang-jakarta-01",
		 *       "user": "api"
		 *     }
		 */
		ConnectRequest: {
			/** @description For text on the router that is not UTF-8, and for user and pass, which are tried in UTF-8 as well. */
			code_page?: string | null;
			/** @description One line of at most 1,000 bytes. Without it, the present one stays. */
			comment?: string | null;
			/** @description Name, IPv4 or IPv6 address; :port is optional (8728, with tls 8729). */
			host: string;
			/** @description It may be empty; at most 256 bytes, no control characters. */
			pass: string;
			/** @description The id to register, chosen by the client: at most 128 bytes, none of / \ ? # * , ". */
			router_id: string;
			/** @description For the api-ssl service; without it, or with null, the connection is not encrypted. */
			tls?: components["schemas"]["TLS"] | null;
			/** @description At most 256 bytes, no control characters. */
			user: string;
			/** @description false registers the router without waiting for the login, also one that is down. */
			wait?: boolean | null;
		};
		/**
		 * @example {
		 *       "connected": true,
		 *       "reused": false,
		 *       "router_id": "cabang-jakarta-01",
		 *       "shared": false
		 *     }
		 */
		Connected: {
			/** @description The session is up; it may be false with wait=false. */
			connected: boolean;
			/** @description The session existed; no login was needed. */
			reused: boolean;
			router_id: components["schemas"]["RouterID"];
			/** @description Other router_ids use the same session. */
			shared: boolean;
			/** @description The SHA-256 of the certificate of the router, with tls. */
			tls_fingerprint?: string;
		};
		/** @description A number of up to 64 bits; a string where the router sends something else. */
		Counter: number | string;
		CountsDelta: {
			added?: components["schemas"]["CountsRow"][];
			/** @description Whole rows. */
			changed?: components["schemas"]["CountsRow"][];
			/** @description Why the rows are old; null when they are current again. */
			error?: string | null;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			/** @description Their .id, in menus without .id their position. */
			removed?: string[];
			router_id: components["schemas"]["RouterID"];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "counts";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "delta";
		};
		/** @description The number of users; a number that cannot be read is missing. */
		CountsRow: {
			hotspot?: components["schemas"]["Counter"];
			ppp?: components["schemas"]["Counter"];
		};
		CountsSnapshot: {
			/** @description Why the rows are old or missing. */
			error?: string;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			router_id: components["schemas"]["RouterID"];
			rows: components["schemas"]["CountsRow"][];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "counts";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "snapshot";
		};
		/** @description What changed of a topic. */
		DeltaEvent: components["schemas"]["ArpDelta"] | components["schemas"]["CapsManDelta"] | components["schemas"]["CountsDelta"] | components["schemas"]["DhcpLeasesDelta"] | components["schemas"]["HardwareDelta"] | components["schemas"]["HealthDelta"] | components["schemas"]["HotspotActiveDelta"] | components["schemas"]["IdentityDelta"] | components["schemas"]["InterfacesDelta"] | components["schemas"]["PppActiveDelta"] | components["schemas"]["QueuesDelta"] | components["schemas"]["StaticInterfacesDelta"] | components["schemas"]["TopUsersDelta"] | components["schemas"]["TrafficDelta"] | components["schemas"]["WifiDelta"] | components["schemas"]["WirelessDelta"];
		DhcpLeasesDelta: {
			added?: components["schemas"]["DhcpLeasesRow"][];
			/** @description Whole rows. */
			changed?: components["schemas"]["DhcpLeasesRow"][];
			/** @description Why the rows are old; null when they are current again. */
			error?: string | null;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			/** @description Their .id, in menus without .id their position. */
			removed?: string[];
			router_id: components["schemas"]["RouterID"];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "dhcp_leases";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "delta";
		};
		/** @description A row of /ip/dhcp-server/lease. */
		DhcpLeasesRow: {
			".id": string;
			"active-address"?: string;
			"active-agent-circuit-id"?: string;
			"active-agent-remote-id"?: string;
			"active-client-id"?: string;
			"active-mac-address"?: string;
			"active-server"?: string;
			address?: string;
			"address-lists"?: string;
			age?: string;
			/** Format: int64 */
			"age-milliseconds"?: number;
			/** Format: int64 */
			"age-seconds"?: number;
			"agent-circuit-id"?: string;
			"agent-remote-id"?: string;
			"allow-dual-stack-queue"?: components["schemas"]["Flag"];
			"always-broadcast"?: components["schemas"]["Flag"];
			"block-access"?: components["schemas"]["Flag"];
			blocked?: components["schemas"]["Flag"];
			"class-id"?: string;
			"client-id"?: string;
			comment?: string;
			"dhcp-option"?: string;
			"dhcp-option-set"?: string;
			disabled?: components["schemas"]["Flag"];
			dynamic?: components["schemas"]["Flag"];
			"expires-after"?: string;
			/** Format: int64 */
			"expires-after-milliseconds"?: number;
			/** Format: int64 */
			"expires-after-seconds"?: number;
			"host-name"?: string;
			"insert-queue-before"?: string;
			"last-seen"?: string;
			/** Format: int64 */
			"last-seen-milliseconds"?: number;
			/** Format: int64 */
			"last-seen-seconds"?: number;
			"lease-time"?: string;
			/** Format: int64 */
			"lease-time-milliseconds"?: number;
			/** Format: int64 */
			"lease-time-seconds"?: number;
			"mac-address"?: string;
			"parent-queue"?: string;
			"queue-type"?: string;
			radius?: components["schemas"]["Flag"];
			"rate-limit"?: string;
			"reconfigure-last-sent"?: string;
			"reconfigure-status"?: string;
			server?: string;
			"src-mac-address"?: string;
			status?: string;
			"use-src-mac"?: components["schemas"]["Flag"];
		} & {
			[key: string]: unknown | components["schemas"]["Field"];
		};
		DhcpLeasesSnapshot: {
			/** @description Why the rows are old or missing. */
			error?: string;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			router_id: components["schemas"]["RouterID"];
			rows: components["schemas"]["DhcpLeasesRow"][];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "dhcp_leases";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "snapshot";
		};
		/**
		 * @example {
		 *       "router_id": "cabang-jakarta-01"
		 *     }
		 */
		DisconnectRequest: {
			router_id: components["schemas"]["RouterID"];
		};
		/**
		 * @example {
		 *       "disconnected": true,
		 *       "router_closed": true,
		 *       "router_id": "cabang-jakarta-01"
		 *     }
		 */
		Disconnected: {
			/** @constant */
			disconnected: true;
			/** @description The session was closed, because no other router_id uses it. */
			router_closed: boolean;
			router_id: components["schemas"]["RouterID"];
		};
		/**
		 * @description The event end: the stream ends.
		 * @example {
		 *       "reason": "max_age"
		 *     }
		 */
		EndEvent: {
			/** @enum {string} */
			reason: "max_age" | "shutdown" | "disconnected" | "revoked";
		};
		/**
		 * @description The kind of an error, for programs. docs/errors.md says what to do.
		 * @enum {string}
		 */
		ErrorCode: "address_refused" | "audit_log_full" | "body_too_large" | "certificate_refused" | "changed" | "command_denied" | "declared" | "forbidden" | "internal" | "invalid_request" | "login_failed" | "method_not_allowed" | "name_taken" | "not_found" | "quota_exceeded" | "rate_limited" | "receiver_failed" | "reply_too_large" | "router_busy" | "router_refused" | "router_unreachable" | "shutting_down" | "starting" | "store_unavailable" | "ticket_expired" | "timeout" | "too_much_in_flight" | "unauthorized" | "unknown_router" | "unsupported_media_type";
		/**
		 * @example {
		 *       "findings": [
		 *         {
		 *           "advice": [],
		 *           "check": "tls",
		 *           "code": "tls_missing",
		 *           "commands": [],
		 *           "state": "note",
		 *           "text": "this port sends the password unencrypted"
		 *         }
		 *       ],
		 *       "healthy": true,
		 *       "router_id": "cabang-jakarta-01"
		 *     }
		 */
		Examined: {
			findings: components["schemas"]["Finding"][];
			/** @description Nothing has failed. */
			healthy: boolean;
			router_id: components["schemas"]["RouterID"];
		};
		/**
		 * @example {
		 *       "token": "mi_K3V7QZ2MTAAUBM7ZRD2LWXEN4Y"
		 *     }
		 */
		ExchangeRequest: {
			token: string;
		};
		/**
		 * @description The body of an error.
		 * @example {
		 *       "code": "unknown_router",
		 *       "error": "no router with this router_id is connected; POST /connect first",
		 *       "request_id": "K3V7QZ2MTAAUBM7ZRD2LWXEN4Y",
		 *       "success": false
		 *     }
		 */
		Failure: {
			code: components["schemas"]["ErrorCode"];
			/** @description For people; it may change. */
			error: string;
			/** @description Also in the header X-Request-Id and in the log of the server. */
			request_id: string;
			/** @constant */
			success: false;
			/** @description With router_refused, all refusals of the router; error is the first one. */
			traps?: components["schemas"]["Trap"][];
		};
		/** @description A field of a row, whose type goes by the menu. */
		Field: string | number | boolean;
		/**
		 * @description The result of one check.
		 * @example {
		 *       "advice": [],
		 *       "check": "tls",
		 *       "code": "tls_missing",
		 *       "commands": [],
		 *       "state": "note",
		 *       "text": "this port sends the password unencrypted"
		 *     }
		 */
		Finding: {
			/** @description What else to do. */
			advice: string[];
			/** @description What was examined, such as login or /ppp/active. */
			check: string;
			/** @description What was found, such as login_refused; does not change. */
			code: string;
			/** @description For the terminal of the router. */
			commands: string[];
			/**
			 * @description A note is worth knowing, but is no problem.
			 * @enum {string}
			 */
			state: "ok" | "note" | "failed";
			text: string;
		};
		/** @description A flag; a string where the router sends something else. */
		Flag: boolean | string;
		/**
		 * @description The fleet as one of its instances sees it.
		 * @example {
		 *       "connected": true,
		 *       "instance": "mikronec-0",
		 *       "lag_ms": 1200,
		 *       "members": [
		 *         {
		 *           "instance": "mikronec-0",
		 *           "routers": 34,
		 *           "shards": 171,
		 *           "since": 1764000000,
		 *           "version": "v1.4.0"
		 *         },
		 *         {
		 *           "instance": "mikronec-1",
		 *           "leaving": true,
		 *           "routers": 66,
		 *           "shards": 341,
		 *           "since": 1764000010,
		 *           "version": "v1.4.0"
		 *         }
		 *       ],
		 *       "moves": {
		 *         "given": 0,
		 *         "lost": 0,
		 *         "taken": 171
		 *       },
		 *       "unowned": 0
		 *     }
		 */
		Fleet: {
			/** @description The instance is connected to NATS. */
			connected: boolean;
			/** @description Why the instance does not serve all routers; missing if it does. */
			degraded?: string;
			/** @description Name of an instance. */
			instance: string;
			/**
			 * Format: int64
			 * @description Milliseconds since the last renewal of its lease that succeeded.
			 */
			lag_ms: number;
			members: components["schemas"]["FleetMember"][];
			/** @description Shards of routers that came to the instance or left it since it joined. */
			moves: {
				/**
				 * Format: int64
				 * @description Handed to another instance.
				 */
				given: number;
				/**
				 * Format: int64
				 * @description Another instance has them, or NATS was out of reach with FLEET_PARTITION=stop.
				 */
				lost: number;
				/**
				 * Format: int64
				 * @description From nobody, or from an instance that was gone.
				 */
				taken: number;
			};
			/**
			 * Format: int64
			 * @description router_ids that no instance has at the moment.
			 */
			unowned: number;
		};
		/**
		 * @description An instance that lives.
		 * @example {
		 *       "instance": "mikronec-0",
		 *       "routers": 34,
		 *       "shards": 171,
		 *       "since": 1764000000,
		 *       "version": "v1.4.0"
		 *     }
		 */
		FleetMember: {
			/** @description Name of an instance. */
			instance: string;
			/** @description It hands its routers to others. */
			leaving?: boolean;
			/** @description router_ids that it has. */
			routers: number;
			/** @description How many of the 512 shards it has. */
			shards: number;
			/**
			 * Format: int64
			 * @description Unix seconds; when it joined.
			 */
			since: number;
			version: string;
		};
		HardwareDelta: {
			added?: components["schemas"]["HardwareRow"][];
			/** @description Whole rows. */
			changed?: components["schemas"]["HardwareRow"][];
			/** @description Why the rows are old; null when they are current again. */
			error?: string | null;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			/** @description Their .id, in menus without .id their position. */
			removed?: string[];
			router_id: components["schemas"]["RouterID"];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "hardware";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "delta";
		};
		/** @description The row of /system/resource. */
		HardwareRow: {
			"architecture-name"?: string;
			"bad-blocks"?: components["schemas"]["Measure"];
			"board-name"?: string;
			cpu?: string;
			"cpu-count"?: components["schemas"]["Counter"];
			"cpu-frequency"?: components["schemas"]["Counter"];
			"cpu-load"?: components["schemas"]["Counter"];
			"free-hdd-space"?: components["schemas"]["Counter"];
			"free-memory"?: components["schemas"]["Counter"];
			platform?: string;
			"total-hdd-space"?: components["schemas"]["Counter"];
			"total-memory"?: components["schemas"]["Counter"];
			uptime?: string;
			/** Format: int64 */
			"uptime-milliseconds"?: number;
			/** Format: int64 */
			"uptime-seconds"?: number;
			version?: string;
			"write-sect-since-reboot"?: components["schemas"]["Counter"];
			"write-sect-total"?: components["schemas"]["Counter"];
		} & {
			[key: string]: unknown | components["schemas"]["Field"];
		};
		HardwareSnapshot: {
			/** @description Why the rows are old or missing. */
			error?: string;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			router_id: components["schemas"]["RouterID"];
			rows: components["schemas"]["HardwareRow"][];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "hardware";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "snapshot";
		};
		HealthDelta: {
			added?: components["schemas"]["HealthRow"][];
			/** @description Whole rows. */
			changed?: components["schemas"]["HealthRow"][];
			/** @description Why the rows are old; null when they are current again. */
			error?: string | null;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			/** @description Their .id, in menus without .id their position. */
			removed?: string[];
			router_id: components["schemas"]["RouterID"];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "health";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "delta";
		};
		/** @description A sensor of RouterOS 7, or all of them in one row of RouterOS 6. */
		HealthRow: {
			".id"?: string;
			name?: string;
			type?: string;
			value?: components["schemas"]["Measure"];
		} & {
			[key: string]: unknown | components["schemas"]["Field"];
		};
		HealthSnapshot: {
			/** @description Why the rows are old or missing. */
			error?: string;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			router_id: components["schemas"]["RouterID"];
			rows: components["schemas"]["HealthRow"][];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "health";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "snapshot";
		};
		/**
		 * @description The event heartbeat, with heartbeat=event: no other event was sent for SSE_HEARTBEAT.
		 * @example {
		 *       "ts": 1795404646
		 *     }
		 */
		HeartbeatEvent: {
			/**
			 * Format: int64
			 * @description The time of the server in Unix seconds.
			 */
			ts: number;
		};
		/**
		 * @example {
		 *       "from": "2026-03-01T01:00:00Z",
		 *       "router_id": "cabang-jakarta-01",
		 *       "series": {
		 *         "cpu": [
		 *           12,
		 *           14,
		 *           null,
		 *           13
		 *         ],
		 *         "interface/ether1/rx": [
		 *           81000000,
		 *           79000000,
		 *           null,
		 *           80500000
		 *         ]
		 *       },
		 *       "step": 60,
		 *       "success": true
		 *     }
		 */
		HistoryAnswer: {
			/**
			 * Format: date-time
			 * @description When the first step begins.
			 */
			from: string;
			router_id: components["schemas"]["RouterID"];
			/** @description cpu in percent, memory-free in bytes, ppp and hotspot users, interface/NAME/rx and interface/NAME/tx in bits per second. */
			series: {
				[key: string]: (number | null)[];
			};
			/** @description Seconds. */
			step: number;
			/** @constant */
			success: true;
		};
		HotspotActiveDelta: {
			added?: components["schemas"]["HotspotActiveRow"][];
			/** @description Whole rows. */
			changed?: components["schemas"]["HotspotActiveRow"][];
			/** @description Why the rows are old; null when they are current again. */
			error?: string | null;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			/** @description Their .id, in menus without .id their position. */
			removed?: string[];
			router_id: components["schemas"]["RouterID"];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "hotspot_active";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "delta";
		};
		/** @description A row of /ip/hotspot/active. */
		HotspotActiveRow: {
			".id": string;
			address?: string;
			advertisement?: string;
			blocked?: components["schemas"]["Flag"];
			"bytes-in"?: components["schemas"]["Counter"];
			"bytes-out"?: components["schemas"]["Counter"];
			comment?: string;
			domain?: string;
			"idle-time"?: string;
			/** Format: int64 */
			"idle-time-milliseconds"?: number;
			/** Format: int64 */
			"idle-time-seconds"?: number;
			"idle-timeout"?: string;
			/** Format: int64 */
			"idle-timeout-milliseconds"?: number;
			/** Format: int64 */
			"idle-timeout-seconds"?: number;
			"keepalive-timeout"?: string;
			/** Format: int64 */
			"keepalive-timeout-milliseconds"?: number;
			/** Format: int64 */
			"keepalive-timeout-seconds"?: number;
			"limit-bytes-in"?: components["schemas"]["Counter"];
			"limit-bytes-out"?: components["schemas"]["Counter"];
			"limit-bytes-total"?: components["schemas"]["Counter"];
			"login-by"?: string;
			"mac-address"?: string;
			"packets-in"?: components["schemas"]["Counter"];
			"packets-out"?: components["schemas"]["Counter"];
			radius?: components["schemas"]["Flag"];
			server?: string;
			"session-time-left"?: string;
			/** Format: int64 */
			"session-time-left-milliseconds"?: number;
			/** Format: int64 */
			"session-time-left-seconds"?: number;
			uptime?: string;
			/** Format: int64 */
			"uptime-milliseconds"?: number;
			/** Format: int64 */
			"uptime-seconds"?: number;
			user?: string;
		} & {
			[key: string]: unknown | components["schemas"]["Field"];
		};
		HotspotActiveSnapshot: {
			/** @description Why the rows are old or missing. */
			error?: string;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			router_id: components["schemas"]["RouterID"];
			rows: components["schemas"]["HotspotActiveRow"][];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "hotspot_active";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "snapshot";
		};
		/**
		 * @description What a client may know of its key.
		 * @example {
		 *       "expires": 1801440000,
		 *       "name": "noc",
		 *       "read_only": false,
		 *       "role": "viewer",
		 *       "routers": [
		 *         "branch-*",
		 *         "hq"
		 *       ]
		 *     }
		 */
		Identity: {
			/**
			 * Format: int64
			 * @description Unix seconds; missing if the key does not expire.
			 */
			expires?: number;
			/** @description Of the key; "owner" for MY_API_KEY. */
			name: string;
			/** @description READ_ONLY is set: no key may change anything on a router. */
			read_only: boolean;
			/**
			 * @description Each role includes those before it.
			 * @enum {string}
			 */
			role: "viewer" | "operator" | "admin";
			/** @description router_ids that it may use; * stands for any text. */
			routers: string[];
		};
		IdentityDelta: {
			added?: components["schemas"]["IdentityRow"][];
			/** @description Whole rows. */
			changed?: components["schemas"]["IdentityRow"][];
			/** @description Why the rows are old; null when they are current again. */
			error?: string | null;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			/** @description Their .id, in menus without .id their position. */
			removed?: string[];
			router_id: components["schemas"]["RouterID"];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "identity";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "delta";
		};
		/** @description The row of /system/identity. */
		IdentityRow: {
			name?: string;
		} & {
			[key: string]: unknown | components["schemas"]["Field"];
		};
		IdentitySnapshot: {
			/** @description Why the rows are old or missing. */
			error?: string;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			router_id: components["schemas"]["RouterID"];
			rows: components["schemas"]["IdentityRow"][];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "identity";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "snapshot";
		};
		InterfacesDelta: {
			added?: components["schemas"]["InterfacesRow"][];
			/** @description Whole rows. */
			changed?: components["schemas"]["InterfacesRow"][];
			/** @description Why the rows are old; null when they are current again. */
			error?: string | null;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			/** @description Their .id, in menus without .id their position. */
			removed?: string[];
			router_id: components["schemas"]["RouterID"];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "interfaces";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "delta";
		};
		/** @description A row of /interface, with bits per second from the second reading on. */
		InterfacesRow: {
			".id": string;
			"actual-mtu"?: components["schemas"]["Counter"];
			comment?: string;
			"default-name"?: string;
			disabled?: components["schemas"]["Flag"];
			dynamic?: components["schemas"]["Flag"];
			"fast-path"?: components["schemas"]["Flag"];
			"fp-rps-drop"?: components["schemas"]["Counter"];
			"fp-rx-byte"?: components["schemas"]["Counter"];
			"fp-rx-packet"?: components["schemas"]["Counter"];
			"fp-tx-byte"?: components["schemas"]["Counter"];
			"fp-tx-packet"?: components["schemas"]["Counter"];
			inactive?: components["schemas"]["Flag"];
			l2mtu?: components["schemas"]["Counter"];
			"last-link-down-time"?: string;
			"last-link-up-time"?: string;
			"link-downs"?: components["schemas"]["Counter"];
			"mac-address"?: string;
			"max-l2mtu"?: components["schemas"]["Counter"];
			mtu?: string;
			name?: string;
			passthrough?: components["schemas"]["Flag"];
			"power-limited"?: components["schemas"]["Flag"];
			running?: components["schemas"]["Flag"];
			"rx-bits-per-second"?: components["schemas"]["Counter"];
			"rx-byte"?: components["schemas"]["Counter"];
			"rx-drop"?: components["schemas"]["Counter"];
			"rx-error"?: components["schemas"]["Counter"];
			"rx-packet"?: components["schemas"]["Counter"];
			slave?: components["schemas"]["Flag"];
			"tx-bits-per-second"?: components["schemas"]["Counter"];
			"tx-byte"?: components["schemas"]["Counter"];
			"tx-drop"?: components["schemas"]["Counter"];
			"tx-error"?: components["schemas"]["Counter"];
			"tx-packet"?: components["schemas"]["Counter"];
			"tx-queue-drop"?: components["schemas"]["Counter"];
			type?: string;
			vrf?: string;
		} & {
			[key: string]: unknown | components["schemas"]["Field"];
		};
		InterfacesSnapshot: {
			/** @description Why the rows are old or missing. */
			error?: string;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			router_id: components["schemas"]["RouterID"];
			rows: components["schemas"]["InterfacesRow"][];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "interfaces";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "snapshot";
		};
		/**
		 * @description What an admin may know of an invitation.
		 * @example {
		 *       "created": 1800000000,
		 *       "created_by": "owner",
		 *       "name": "guest",
		 *       "role": "viewer",
		 *       "routers": [
		 *         "cabang-jakarta-01"
		 *       ],
		 *       "valid_until": 1800086400
		 *     }
		 */
		InvitationInfo: {
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			created: number;
			/** @description Name of the key that made it. */
			created_by: string;
			/**
			 * Format: int64
			 * @description Of the key, in Unix seconds; missing if it does not expire.
			 */
			expires?: number;
			/** @description Of the key that it becomes. */
			name: string;
			/** @enum {string} */
			role: "viewer" | "operator" | "admin";
			routers: string[];
			rules?: string[];
			/**
			 * Format: int64
			 * @description Of the invitation, in Unix seconds.
			 */
			valid_until: number;
		};
		/**
		 * @description What the key of an invitation is to permit.
		 * @example {
		 *       "name": "guest",
		 *       "role": "viewer",
		 *       "routers": [
		 *         "cabang-jakarta-01"
		 *       ],
		 *       "ttl": 86400
		 *     }
		 */
		InvitationRequest: {
			/** @description The last day in UTC, or a time of RFC 3339. Without it the key lasts as long as the one that makes it. */
			expires?: string | null;
			/** @description Unique; not owner, ticket or what begins with mk_. */
			name: string;
			/**
			 * @description Each role includes those before it.
			 * @enum {string}
			 */
			role: "viewer" | "operator" | "admin";
			/** @description router_ids or patterns without blanks and commas; * stands for any text. */
			routers: string[];
			/** @description Command rules for operators and admins. Those of the key that makes it apply as well. */
			rules?: string[] | null;
			/**
			 * Format: int32
			 * @description Seconds in which the invitation can be exchanged; a day for 0, which is the default.
			 */
			ttl?: number | null;
		};
		/**
		 * @description What an admin may know of a key.
		 * @example {
		 *       "created": 1800000000,
		 *       "created_by": "owner",
		 *       "expires": 4957113600,
		 *       "last_used": 1800000060,
		 *       "name": "guest",
		 *       "role": "viewer",
		 *       "routers": [
		 *         "cabang-jakarta-01"
		 *       ],
		 *       "source": "api"
		 *     }
		 */
		KeyInfo: {
			/**
			 * Format: int64
			 * @description Unix seconds; missing for a declared key.
			 */
			created?: number;
			/** @description Name of the key that made it; missing for a declared key. */
			created_by?: string;
			/**
			 * Format: int64
			 * @description Unix seconds; missing if the key does not expire.
			 */
			expires?: number;
			/**
			 * Format: int64
			 * @description Unix seconds, at the instance that answers, since its start; missing if it was not used.
			 */
			last_used?: number;
			name: string;
			/** @enum {string} */
			role: "viewer" | "operator" | "admin";
			/** @description router_ids that it may use; * stands for any text. */
			routers: string[];
			/** @description Command rules; missing without any. */
			rules?: string[];
			/**
			 * @description API_KEYS, API_KEYS_FILE or the API; keys of the first two cannot be changed here.
			 * @enum {string}
			 */
			source: "env" | "file" | "api";
		};
		/**
		 * @description What a new key is to permit.
		 * @example {
		 *       "expires": "2127-01-31",
		 *       "name": "noc",
		 *       "role": "viewer",
		 *       "routers": [
		 *         "branch-*",
		 *         "hq"
		 *       ]
		 *     }
		 */
		KeyRequest: {
			/** @description The last day in UTC, or a time of RFC 3339. Without it the key lasts as long as the one that makes it. */
			expires?: string | null;
			/** @description Unique; not owner, ticket or what begins with mk_. */
			name: string;
			/**
			 * @description Each role includes those before it.
			 * @enum {string}
			 */
			role: "viewer" | "operator" | "admin";
			/** @description router_ids or patterns without blanks and commas; * stands for any text. */
			routers: string[];
			/** @description Command rules for operators and admins. Those of the key that makes it apply as well. */
			rules?: string[] | null;
		};
		/**
		 * @description A line of the log of a router.
		 * @example {
		 *       ".id": "*2F1",
		 *       "message": "<pppoe-budi>: connected",
		 *       "router_id": "a",
		 *       "time": "12:00:00",
		 *       "topic": "log",
		 *       "topics": "pppoe,ppp,info",
		 *       "ts": 1795404646,
		 *       "type": "line"
		 *     }
		 */
		LogEvent: {
			".id": string;
			/** @description RouterOS 7. */
			buffer?: string;
			/** @description RouterOS 7. */
			"extra-info"?: string;
			message: string;
			router_id: components["schemas"]["RouterID"];
			/** @description As the router writes it. */
			time: string;
			/** @constant */
			topic: "log";
			/** @description Separated by commas, such as pppoe,ppp,info. */
			topics: string;
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "line";
		};
		/**
		 * @example {
		 *       ".id": "*2F0",
		 *       "message": "rebooted",
		 *       "time": "11:59:58",
		 *       "topics": "system,info"
		 *     }
		 */
		LogLine: {
			".id": string;
			/** @description RouterOS 7. */
			buffer?: string;
			/** @description RouterOS 7. */
			"extra-info"?: string;
			message: string;
			/** @description As the router writes it. */
			time: string;
			topics: string;
		};
		/**
		 * @description The last lines of the log of a router, with which a stream begins. It replaces all lines before.
		 * @example {
		 *       "lines": [
		 *         {
		 *           ".id": "*2F0",
		 *           "message": "rebooted",
		 *           "time": "11:59:58",
		 *           "topics": "system,info"
		 *         }
		 *       ],
		 *       "router_id": "a",
		 *       "topic": "log",
		 *       "ts": 1795404646,
		 *       "type": "lines"
		 *     }
		 */
		LogLinesEvent: {
			/** @description Oldest first; 64 KiB at most. */
			lines: components["schemas"]["LogLine"][];
			router_id: components["schemas"]["RouterID"];
			/** @constant */
			topic: "log";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "lines";
		};
		/**
		 * @description An invitation with its token.
		 * @example {
		 *       "created": 1800000000,
		 *       "created_by": "owner",
		 *       "link": "/#invite=mi_K3V7QZ2MTAAUBM7ZRD2LWXEN4Y",
		 *       "name": "guest",
		 *       "role": "viewer",
		 *       "routers": [
		 *         "cabang-jakarta-01"
		 *       ],
		 *       "token": "mi_K3V7QZ2MTAAUBM7ZRD2LWXEN4Y",
		 *       "valid_until": 1800086400
		 *     }
		 */
		MadeInvitation: {
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			created: number;
			/** @description Name of the key that made it. */
			created_by: string;
			/**
			 * Format: int64
			 * @description Of the key, in Unix seconds; missing if it does not expire.
			 */
			expires?: number;
			/** @description Path of the dashboard that exchanges the token. */
			link: string;
			/** @description Of the key that it becomes. */
			name: string;
			/** @enum {string} */
			role: "viewer" | "operator" | "admin";
			routers: string[];
			rules?: string[];
			/** @description For POST /invitations/exchange. It is not shown again. */
			token: string;
			/**
			 * Format: int64
			 * @description Of the invitation, in Unix seconds.
			 */
			valid_until: number;
		};
		/**
		 * @description A key with its secret.
		 * @example {
		 *       "created": 1800000000,
		 *       "created_by": "owner",
		 *       "expires": 4957113600,
		 *       "key": "mk_K3V7QZ2MTAAUBM7ZRD2LWXEN4YXJ4F5S6HQ2TBV3K7WZP2NDQRCL6E",
		 *       "name": "guest",
		 *       "role": "viewer",
		 *       "routers": [
		 *         "cabang-jakarta-01"
		 *       ],
		 *       "source": "api"
		 *     }
		 */
		MadeKey: {
			/**
			 * Format: int64
			 * @description Unix seconds; missing for a declared key.
			 */
			created: number;
			/** @description Name of the key that made it; missing for a declared key. */
			created_by: string;
			/**
			 * Format: int64
			 * @description Unix seconds; missing if the key does not expire.
			 */
			expires?: number;
			/** @description For the header X-API-Key. It is not shown again. */
			key: string;
			/**
			 * Format: int64
			 * @description Unix seconds, at the instance that answers, since its start; missing if it was not used.
			 */
			last_used?: number;
			name: string;
			/** @enum {string} */
			role: "viewer" | "operator" | "admin";
			/** @description router_ids that it may use; * stands for any text. */
			routers: string[];
			/** @description Command rules; missing without any. */
			rules?: string[];
			/**
			 * @description API_KEYS, API_KEYS_FILE or the API; keys of the first two cannot be changed here.
			 * @enum {string}
			 */
			source: "env" | "file" | "api";
		};
		/**
		 * @example {
		 *       ".id": "*800001",
		 *       "address": "10.0.0.2",
		 *       "at": "2026-03-01T02:00:00Z",
		 *       "kind": "ppp",
		 *       "mac": "02:00:5E:10:00:00",
		 *       "name": "budi",
		 *       "router_id": "cabang-jakarta-01",
		 *       "stale": false
		 *     }
		 */
		Match: {
			/** @description Of the row. */
			".id"?: string;
			address?: string;
			/**
			 * Format: date-time
			 * @description When the router had it.
			 */
			at?: string;
			comment?: string;
			"host-name"?: string;
			/** @enum {string} */
			kind: "router" | "ppp" | "hotspot" | "dhcp";
			mac?: string;
			/** @description Of a router its identity. */
			name?: string;
			router_id: components["schemas"]["RouterID"];
			/** @description It was read more than a minute ago; of a router: it is not connected. */
			stale: boolean;
		};
		/** @description A number; a string where the router sends something else. */
		Measure: number | string;
		/** @description The last poll of a session. */
		Poll: {
			/** @description Why the poll failed. */
			error?: string;
			/**
			 * Format: int64
			 * @description Since the router was connected.
			 */
			polls: number;
			/**
			 * Format: int64
			 * @description Polls left out because the one before took too long.
			 */
			skipped: number;
			/** Format: double */
			took_ms: number;
			/** @description Why a topic has no rows. */
			topics?: {
				[key: string]: string;
			};
			/**
			 * Format: int64
			 * @description When it ended; Unix seconds.
			 */
			ts: number;
		};
		PppActiveDelta: {
			added?: components["schemas"]["PppActiveRow"][];
			/** @description Whole rows. */
			changed?: components["schemas"]["PppActiveRow"][];
			/** @description Why the rows are old; null when they are current again. */
			error?: string | null;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			/** @description Their .id, in menus without .id their position. */
			removed?: string[];
			router_id: components["schemas"]["RouterID"];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "ppp_active";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "delta";
		};
		/** @description A row of /ppp/active. */
		PppActiveRow: {
			".id": string;
			address?: string;
			"caller-id"?: string;
			comment?: string;
			encoding?: string;
			"limit-bytes-in"?: components["schemas"]["Counter"];
			"limit-bytes-out"?: components["schemas"]["Counter"];
			name?: string;
			radius?: components["schemas"]["Flag"];
			service?: string;
			"session-id"?: string;
			uptime?: string;
			/** Format: int64 */
			"uptime-milliseconds"?: number;
			/** Format: int64 */
			"uptime-seconds"?: number;
		} & {
			[key: string]: unknown | components["schemas"]["Field"];
		};
		PppActiveSnapshot: {
			/** @description Why the rows are old or missing. */
			error?: string;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			router_id: components["schemas"]["RouterID"];
			rows: components["schemas"]["PppActiveRow"][];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "ppp_active";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "snapshot";
		};
		/**
		 * @description A ConnectRequest without the router_id.
		 * @example {
		 *       "comment": "first floor",
		 *       "host": "192.168.88.1",
		 *       "pass": "password123",
		 *       "user": "api"
		 *     }
		 */
		PutRequest: {
			/** @description For text on the router that is not UTF-8, and for user and pass, which are tried in UTF-8 as well. */
			code_page?: string | null;
			/** @description One line of at most 1,000 bytes. */
			comment?: string | null;
			/** @description Name, IPv4 or IPv6 address; :port is optional (8728, with tls 8729). */
			host: string;
			/** @description It may be empty; at most 256 bytes, no control characters. */
			pass: string;
			/** @description For the api-ssl service; without it, or with null, the connection is not encrypted. */
			tls?: components["schemas"]["TLS"] | null;
			/** @description At most 256 bytes, no control characters. */
			user: string;
			/** @description false registers the router without waiting for the login, also one that is down. */
			wait?: boolean | null;
		};
		QueuesDelta: {
			added?: components["schemas"]["QueuesRow"][];
			/** @description Whole rows. */
			changed?: components["schemas"]["QueuesRow"][];
			/** @description Why the rows are old; null when they are current again. */
			error?: string | null;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			/** @description Their .id, in menus without .id their position. */
			removed?: string[];
			router_id: components["schemas"]["RouterID"];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "queues";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "delta";
		};
		/** @description A row of /queue/simple. */
		QueuesRow: {
			".id": string;
			borrows?: string;
			"bucket-size"?: string;
			"burst-limit"?: string;
			"burst-threshold"?: string;
			"burst-time"?: string;
			bytes?: string;
			comment?: string;
			disabled?: components["schemas"]["Flag"];
			dropped?: string;
			dst?: string;
			dynamic?: components["schemas"]["Flag"];
			invalid?: components["schemas"]["Flag"];
			lends?: string;
			"limit-at"?: string;
			"max-limit"?: string;
			name?: string;
			"packet-marks"?: string;
			"packet-rate"?: string;
			packets?: string;
			parent?: string;
			"pcq-queues"?: string;
			priority?: string;
			queue?: string;
			"queued-bytes"?: string;
			"queued-packets"?: string;
			rate?: string;
			target?: string;
			time?: string;
			"total-borrows"?: components["schemas"]["Counter"];
			"total-bucket-size"?: components["schemas"]["Measure"];
			"total-burst-limit"?: components["schemas"]["Counter"];
			"total-burst-threshold"?: components["schemas"]["Counter"];
			"total-burst-time"?: string;
			/** Format: int64 */
			"total-burst-time-milliseconds"?: number;
			/** Format: int64 */
			"total-burst-time-seconds"?: number;
			"total-bytes"?: components["schemas"]["Counter"];
			"total-dropped"?: components["schemas"]["Counter"];
			"total-lends"?: components["schemas"]["Counter"];
			"total-limit-at"?: components["schemas"]["Counter"];
			"total-max-limit"?: components["schemas"]["Counter"];
			"total-packet-rate"?: components["schemas"]["Counter"];
			"total-packets"?: components["schemas"]["Counter"];
			"total-pcq-queues"?: components["schemas"]["Counter"];
			"total-priority"?: components["schemas"]["Counter"];
			"total-queue"?: string;
			"total-queued-bytes"?: components["schemas"]["Counter"];
			"total-queued-packets"?: components["schemas"]["Counter"];
			"total-rate"?: components["schemas"]["Counter"];
		} & {
			[key: string]: unknown | components["schemas"]["Field"];
		};
		QueuesSnapshot: {
			/** @description Why the rows are old or missing. */
			error?: string;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			router_id: components["schemas"]["RouterID"];
			rows: components["schemas"]["QueuesRow"][];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "queues";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "snapshot";
		};
		/** @description Rows, or one object. */
		RESTAnswer: components["schemas"]["TextRow"][] | components["schemas"]["TextRow"];
		/**
		 * @description The body of an error as routers with REST write it, with the code and the id of the request besides.
		 * @example {
		 *       "code": "router_refused",
		 *       "detail": "no such command or directory (ehter1)",
		 *       "error": 400,
		 *       "message": "Bad Request",
		 *       "request_id": "K3V7QZ2MTAAUBM7ZRD2LWXEN4Y"
		 *     }
		 */
		RESTFailure: {
			code: components["schemas"]["ErrorCode"];
			/** @description What the router said, or what is wrong. */
			detail?: string;
			/**
			 * Format: int32
			 * @description The status.
			 */
			error: number;
			/** @description The name of the status. */
			message: string;
			request_id: string;
		};
		/**
		 * @description Properties of a row, or arguments of a command.
		 * @example {
		 *       "disabled": false,
		 *       "name": "budi"
		 *     }
		 */
		RESTRequest: {
			[key: string]: components["schemas"]["RESTValue"];
		};
		RESTScalar: string | number | boolean | null;
		/** @description A list is joined with commas; null clears a property. */
		RESTValue: components["schemas"]["RESTScalar"] | components["schemas"]["RESTScalar"][];
		/**
		 * @example {
		 *       "confirm": "cabang-jakarta-01"
		 *     }
		 */
		RebootRequest: {
			/** @description The identity of the router, as /system/identity has it. */
			confirm: string;
		};
		/**
		 * @example {
		 *       "identity": "cabang-jakarta-01",
		 *       "rebooting": true,
		 *       "router_id": "cabang-jakarta-01"
		 *     }
		 */
		Rebooting: {
			identity: string;
			/** @constant */
			rebooting: true;
			router_id: components["schemas"]["RouterID"];
		};
		/**
		 * @description A receiver of alerts.
		 * @example {
		 *       "delivered": 12,
		 *       "dropped": 0,
		 *       "failed": 0,
		 *       "gave_up": 0,
		 *       "kind": "telegram",
		 *       "name": "noc",
		 *       "queued": 0,
		 *       "state": "ok"
		 *     }
		 */
		Receiver: {
			/**
			 * Format: int64
			 * @description Messages.
			 */
			delivered: number;
			/**
			 * Format: int64
			 * @description Alerts, because the queue was full.
			 */
			dropped: number;
			/**
			 * Format: int64
			 * @description Attempts.
			 */
			failed: number;
			/**
			 * Format: int64
			 * @description Alerts, after all attempts.
			 */
			gave_up: number;
			/** @enum {string} */
			kind: "webhook" | "alertmanager" | "telegram" | "discord" | "slack" | "ntfy" | "email";
			/** @description For keys with the role admin. */
			last_error?: string;
			name: string;
			/**
			 * Format: int32
			 * @description Alerts that wait.
			 */
			queued: number;
			/**
			 * @description gone: it wants no more messages.
			 * @enum {string}
			 */
			state: "ok" | "failing" | "gone";
		};
		/**
		 * @description A test message was delivered.
		 * @example {
		 *       "delivered": true,
		 *       "receiver": "noc"
		 *     }
		 */
		ReceiverTested: {
			/** @constant */
			delivered: true;
			receiver: string;
		};
		/**
		 * @description The event reset: discard earlier data of this topic; a snapshot follows. For sessions and log, events are missing.
		 * @example {
		 *       "lost": 12,
		 *       "router_id": "a",
		 *       "topic": "log"
		 *     }
		 */
		ResetEvent: {
			/**
			 * Format: uint64
			 * @description Events that were dropped; missing where that is not known.
			 */
			lost?: number;
			router_id: components["schemas"]["RouterID"];
			/** @description Empty for the combined event. */
			topic: components["schemas"]["Topic"] | "";
		};
		/**
		 * @example {
		 *       "connected": true,
		 *       "router_id": "cabang-jakarta-01"
		 *     }
		 */
		Retried: {
			/** @constant */
			connected: true;
			router_id: components["schemas"]["RouterID"];
		};
		/**
		 * @example {
		 *       "name": "guest"
		 *     }
		 */
		Revoked: {
			name: string;
		};
		/**
		 * @description The status of a router.
		 * @example {
		 *       "budget": {
		 *         "in_flight": 0,
		 *         "max_in_flight": 4,
		 *         "max_queued": 256,
		 *         "max_streams": 8,
		 *         "queued": 0,
		 *         "streams": 0
		 *       },
		 *       "host": "192.168.88.1:8728",
		 *       "interval_ms": 2000,
		 *       "logins": 1,
		 *       "polling": false,
		 *       "router_id": "cabang-jakarta-01",
		 *       "shared_with": [],
		 *       "since": 1795404644,
		 *       "state": "up",
		 *       "stretched": false,
		 *       "user": "api",
		 *       "viewers": 0
		 *     }
		 */
		Router: {
			budget: components["schemas"]["Budget"];
			/** @description What watching took of the line to the router in the last minute, by topic. */
			bytes_per_minute?: {
				[key: string]: number;
			};
			code?: components["schemas"]["ErrorCode"];
			comment?: string;
			/** @description The router is declared in ROUTERS_FILE and cannot be changed here. */
			declared?: boolean;
			/** @description Why the state is not up. */
			error?: string;
			/** @description With the port. */
			host: string;
			/** @description The instance of the fleet that has the session; missing in a single instance. */
			instance?: string;
			/**
			 * Format: int64
			 * @description Between polls.
			 */
			interval_ms: number;
			last_poll?: components["schemas"]["Poll"];
			/**
			 * Format: int64
			 * @description Sessions opened on the router since it was connected.
			 */
			logins: number;
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			next_attempt?: number;
			/** @description The router is polled, because a stream is open. */
			polling: boolean;
			router_id: components["schemas"]["RouterID"];
			/** @description Other router_ids on the same session, 100 at most. */
			shared_with: components["schemas"]["RouterID"][];
			/**
			 * Format: int64
			 * @description When the state began; Unix seconds.
			 */
			since: number;
			state: components["schemas"]["RouterState"];
			/** @description interval_ms is longer than configured, because the router is slow or fails. */
			stretched: boolean;
			user: string;
			/**
			 * Format: int64
			 * @description Streams of this router_id.
			 */
			viewers: number;
		};
		/**
		 * @description The id of a router, which the client chooses.
		 * @example cabang-jakarta-01
		 */
		RouterID: string;
		/**
		 * @description router_ids, or "all".
		 * @example [
		 *       "cabang-jakarta-01"
		 *     ]
		 */
		RouterList: "all" | components["schemas"]["RouterID"][];
		/**
		 * @description Whether the session is up.
		 * @enum {string}
		 */
		RouterState: "connecting" | "up" | "down" | "login_failed";
		/**
		 * @example {
		 *       "data": [],
		 *       "ret": "*1A",
		 *       "success": true
		 *     }
		 */
		RunAnswer: {
			data: components["schemas"]["TextRow"][];
			done?: components["schemas"]["TextRow"];
			/** @description What the router sent at the end: the id of an added row, or the number of rows. */
			ret?: string;
			/** @constant */
			success: true;
		};
		RunDoneLine: {
			done: components["schemas"]["TextRow"];
		};
		RunErrorLine: {
			error: components["schemas"]["Failure"];
		};
		/** @description The data of an event of a command whose rows are streamed; RunEvents has them by the name of the event. */
		RunEvent: components["schemas"]["TextRow"] | components["schemas"]["RunTrap"] | components["schemas"]["Failure"];
		/** @description The data of the events of a command by their names; events without a name are message. */
		RunEvents: {
			done: components["schemas"]["TextRow"];
			error: components["schemas"]["Failure"];
			message: components["schemas"]["TextRow"];
			trap: components["schemas"]["RunTrap"];
		};
		/**
		 * @description A Failure of a command. Where the router refused it after rows, it has them as well.
		 * @example {
		 *       "code": "router_refused",
		 *       "data": [
		 *         {
		 *           "message": "step one done"
		 *         }
		 *       ],
		 *       "error": "failure: script stopped",
		 *       "request_id": "K3V7QZ2MTAAUBM7ZRD2LWXEN4Y",
		 *       "success": false,
		 *       "traps": [
		 *         {
		 *           "category": 4,
		 *           "message": "failure: script stopped"
		 *         }
		 *       ]
		 *     }
		 */
		RunFailure: {
			code: components["schemas"]["ErrorCode"];
			data?: components["schemas"]["TextRow"][];
			done?: components["schemas"]["TextRow"];
			/** @description For people; it may change. */
			error: string;
			/** @description Also in the header X-Request-Id and in the log of the server. */
			request_id: string;
			ret?: string;
			/** @constant */
			success: false;
			/** @description With router_refused, all refusals of the router; error is the first one. */
			traps?: components["schemas"]["Trap"][];
		};
		/** @description One line of a command whose rows are streamed. The last one is done, trap or error. */
		RunLine: components["schemas"]["RunRowLine"] | components["schemas"]["RunDoneLine"] | components["schemas"]["RunTrapLine"] | components["schemas"]["RunErrorLine"];
		/**
		 * @example {
		 *       "args": [
		 *         "/ip/address/print"
		 *       ],
		 *       "router_id": "cabang-jakarta-01"
		 *     }
		 */
		RunRequest: {
			/** @description The path, then attributes (=name=value) and queries (?name=value). */
			args: string[];
			router_id: components["schemas"]["RouterID"];
			/**
			 * Format: double
			 * @description Seconds after which the command is cancelled; default RUN_TIMEOUT (MAX_RUN_TIMEOUT where rows are streamed), at most MAX_RUN_TIMEOUT.
			 */
			timeout?: number | null;
		};
		RunRowLine: {
			row: components["schemas"]["TextRow"];
		};
		/**
		 * @description The router refused the command, or interrupted it.
		 * @example {
		 *       "message": "interrupted",
		 *       "traps": [
		 *         {
		 *           "category": 2,
		 *           "message": "interrupted"
		 *         }
		 *       ]
		 *     }
		 */
		RunTrap: {
			done?: components["schemas"]["TextRow"];
			message: string;
			traps: components["schemas"]["Trap"][];
		};
		RunTrapLine: {
			trap: components["schemas"]["RunTrap"];
		};
		/**
		 * @example {
		 *       "more": false,
		 *       "not_read": [],
		 *       "q": "budi",
		 *       "results": [
		 *         {
		 *           ".id": "*800001",
		 *           "address": "10.0.0.2",
		 *           "at": "2026-03-01T02:00:00Z",
		 *           "kind": "ppp",
		 *           "mac": "02:00:5E:10:00:00",
		 *           "name": "budi",
		 *           "router_id": "cabang-jakarta-01",
		 *           "stale": false
		 *         }
		 *       ],
		 *       "silent": [],
		 *       "success": true
		 *     }
		 */
		SearchAnswer: {
			/** @description There are more results than limit. */
			more: boolean;
			/** @description Routers of which no table was ever read. */
			not_read: components["schemas"]["RouterID"][];
			q: string;
			results: components["schemas"]["Match"][];
			/** @description Instances of the fleet that did not answer; what is at their routers is missing. */
			silent: string[];
			/** @constant */
			success: true;
		};
		/**
		 * @description A PPP or hotspot user who logged in (up) or out (down).
		 * @example {
		 *       ".id": "*3",
		 *       "address": "10.0.0.7",
		 *       "mac": "02:00:5E:00:53:01",
		 *       "name": "budi",
		 *       "router_id": "a",
		 *       "service": "pppoe",
		 *       "since": 1795404600,
		 *       "topic": "sessions",
		 *       "ts": 1795404646,
		 *       "type": "up"
		 *     }
		 */
		SessionEvent: {
			/** @description Of the row; the router may use it again. */
			".id": string;
			address: string;
			/**
			 * Format: uint64
			 * @description Of hotspot users.
			 */
			"bytes-in"?: number;
			/**
			 * Format: uint64
			 * @description Of hotspot users.
			 */
			"bytes-out"?: number;
			/** @description For PPP the caller-id, which is an address for services over IP. */
			mac: string;
			name: string;
			router_id: components["schemas"]["RouterID"];
			/** @description hotspot, or a PPP service such as pppoe. */
			service: string;
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			since: number;
			/** @constant */
			topic: "sessions";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @enum {string} */
			type: "up" | "down";
		};
		/**
		 * @description For how long nothing is told.
		 * @example {
		 *       "for": "2h"
		 *     }
		 */
		Silence: {
			/** @description A duration up to 168h; 0s ends the silence. */
			for: string;
		};
		/** @description All rows of a topic. */
		SnapshotEvent: components["schemas"]["ArpSnapshot"] | components["schemas"]["CapsManSnapshot"] | components["schemas"]["CountsSnapshot"] | components["schemas"]["DhcpLeasesSnapshot"] | components["schemas"]["HardwareSnapshot"] | components["schemas"]["HealthSnapshot"] | components["schemas"]["HotspotActiveSnapshot"] | components["schemas"]["IdentitySnapshot"] | components["schemas"]["InterfacesSnapshot"] | components["schemas"]["PppActiveSnapshot"] | components["schemas"]["QueuesSnapshot"] | components["schemas"]["StaticInterfacesSnapshot"] | components["schemas"]["TopUsersSnapshot"] | components["schemas"]["TrafficSnapshot"] | components["schemas"]["WifiSnapshot"] | components["schemas"]["WirelessSnapshot"];
		StaticInterfacesDelta: {
			added?: components["schemas"]["StaticInterfacesRow"][];
			/** @description Whole rows. */
			changed?: components["schemas"]["StaticInterfacesRow"][];
			/** @description Why the rows are old; null when they are current again. */
			error?: string | null;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			/** @description Their .id, in menus without .id their position. */
			removed?: string[];
			router_id: components["schemas"]["RouterID"];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "static_interfaces";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "delta";
		};
		/** @description A row of /interface that is not that of a PPP user, with bits per second from the second reading on. */
		StaticInterfacesRow: {
			".id": string;
			"actual-mtu"?: components["schemas"]["Counter"];
			comment?: string;
			"default-name"?: string;
			disabled?: components["schemas"]["Flag"];
			dynamic?: components["schemas"]["Flag"];
			"fast-path"?: components["schemas"]["Flag"];
			"fp-rps-drop"?: components["schemas"]["Counter"];
			"fp-rx-byte"?: components["schemas"]["Counter"];
			"fp-rx-packet"?: components["schemas"]["Counter"];
			"fp-tx-byte"?: components["schemas"]["Counter"];
			"fp-tx-packet"?: components["schemas"]["Counter"];
			inactive?: components["schemas"]["Flag"];
			l2mtu?: components["schemas"]["Counter"];
			"last-link-down-time"?: string;
			"last-link-up-time"?: string;
			"link-downs"?: components["schemas"]["Counter"];
			"mac-address"?: string;
			"max-l2mtu"?: components["schemas"]["Counter"];
			mtu?: string;
			name?: string;
			passthrough?: components["schemas"]["Flag"];
			"power-limited"?: components["schemas"]["Flag"];
			running?: components["schemas"]["Flag"];
			"rx-bits-per-second"?: components["schemas"]["Counter"];
			"rx-byte"?: components["schemas"]["Counter"];
			"rx-drop"?: components["schemas"]["Counter"];
			"rx-error"?: components["schemas"]["Counter"];
			"rx-packet"?: components["schemas"]["Counter"];
			slave?: components["schemas"]["Flag"];
			"tx-bits-per-second"?: components["schemas"]["Counter"];
			"tx-byte"?: components["schemas"]["Counter"];
			"tx-drop"?: components["schemas"]["Counter"];
			"tx-error"?: components["schemas"]["Counter"];
			"tx-packet"?: components["schemas"]["Counter"];
			"tx-queue-drop"?: components["schemas"]["Counter"];
			type?: string;
			vrf?: string;
		} & {
			[key: string]: unknown | components["schemas"]["Field"];
		};
		StaticInterfacesSnapshot: {
			/** @description Why the rows are old or missing. */
			error?: string;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			router_id: components["schemas"]["RouterID"];
			rows: components["schemas"]["StaticInterfacesRow"][];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "static_interfaces";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "snapshot";
		};
		/**
		 * @description The event status: the router went down, came back, was connected, moved or was disconnected.
		 * @example {
		 *       "code": "router_unreachable",
		 *       "error": "the router closed the connection",
		 *       "router_id": "a",
		 *       "since": 1795404640,
		 *       "state": "down",
		 *       "ts": 1795404646
		 *     }
		 */
		StatusEvent: {
			code?: components["schemas"]["ErrorCode"];
			error?: string;
			/**
			 * Format: int64
			 * @description How often a status that was told came again since the last event.
			 */
			repeated?: number;
			router_id: components["schemas"]["RouterID"];
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			since: number;
			/** @enum {string} */
			state: "connecting" | "up" | "down" | "login_failed" | "disconnected";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
		};
		/** @description The data of an event without a name: the combined event without topics, else one of a topic. */
		StreamData: components["schemas"]["CombinedEvent"] | components["schemas"]["TopicEvent"];
		/** @description The data of an event of a stream. */
		StreamEvent: components["schemas"]["StreamData"] | components["schemas"]["StatusEvent"] | components["schemas"]["ResetEvent"] | components["schemas"]["HeartbeatEvent"] | components["schemas"]["EndEvent"];
		/** @description The data of the events of a stream by their names; events without a name are message. */
		StreamEvents: {
			end: components["schemas"]["EndEvent"];
			heartbeat: components["schemas"]["HeartbeatEvent"];
			message: components["schemas"]["StreamData"];
			reset: components["schemas"]["ResetEvent"];
			status: components["schemas"]["StatusEvent"];
		};
		/** @description Model, version and resources. The fields differ between devices and versions. */
		SystemInfo: {
			"architecture-name"?: string;
			"bad-blocks"?: components["schemas"]["Measure"];
			"board-name"?: string;
			cpu?: string;
			"cpu-count"?: components["schemas"]["Counter"];
			"cpu-frequency"?: components["schemas"]["Counter"];
			"cpu-load"?: components["schemas"]["Counter"];
			"current-firmware"?: string;
			/** @description Why a menu could not be read. */
			errors?: {
				[key: string]: string;
			};
			"free-hdd-space"?: components["schemas"]["Counter"];
			"free-memory"?: components["schemas"]["Counter"];
			/** @description The name of the router. */
			identity?: string;
			model?: string;
			platform?: string;
			router_id: components["schemas"]["RouterID"];
			routerboard?: components["schemas"]["Flag"];
			"serial-number"?: string;
			"total-hdd-space"?: components["schemas"]["Counter"];
			"total-memory"?: components["schemas"]["Counter"];
			"upgrade-firmware"?: string;
			uptime?: string;
			/** Format: int64 */
			"uptime-milliseconds"?: number;
			/** Format: int64 */
			"uptime-seconds"?: number;
			version?: string;
			"write-sect-since-reboot"?: components["schemas"]["Counter"];
			"write-sect-total"?: components["schemas"]["Counter"];
		} & {
			[key: string]: unknown;
		};
		/**
		 * @description How the certificate of the router is verified.
		 * @example {
		 *       "fingerprint": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		 *       "mode": "pin"
		 *     }
		 */
		TLS: {
			/** @description CA certificates as PEM, at most 64 KiB, instead of those of the system. */
			ca?: string | null;
			/** @description The SHA-256 of the certificate. Without it, mode pin is refused; the error has the fingerprint of the router. */
			fingerprint?: string | null;
			/**
			 * @description verify: by the CAs of the system, or by ca; pin: by fingerprint; insecure: any certificate.
			 * @enum {string}
			 */
			mode: "verify" | "pin" | "insecure";
			/** @description The name to verify, instead of the host. */
			server_name?: string | null;
		};
		/**
		 * @description A row as the router sent it. All values are strings; a second value of the same name has the key name#2.
		 * @example {
		 *       ".id": "*1",
		 *       "name": "ether1",
		 *       "running": "true"
		 *     }
		 */
		TextRow: {
			[key: string]: string;
		};
		/**
		 * @example {
		 *       "expires": 1800000060,
		 *       "ticket": "AfZHFYQmUSd_rH2c9w",
		 *       "url_example": "/sse/cabang-jakarta-01?ticket=AfZHFYQmUSd_rH2c9w"
		 *     }
		 */
		Ticket: {
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			expires: number;
			ticket: string;
			/** @description A stream that the ticket permits. */
			url_example: string;
		};
		/**
		 * @example {
		 *       "routers": [
		 *         "cabang-jakarta-01"
		 *       ],
		 *       "topics": [
		 *         "interfaces",
		 *         "health"
		 *       ],
		 *       "ttl": 60
		 *     }
		 */
		TicketRequest: {
			routers: components["schemas"]["RouterList"];
			/** @description Default: all topics. */
			topics?: components["schemas"]["Topic"][] | null;
			/**
			 * Format: int32
			 * @description Seconds in which a stream must be opened; default 60.
			 */
			ttl?: number | null;
		};
		TopUsersDelta: {
			added?: components["schemas"]["TopUsersRow"][];
			/** @description Whole rows. */
			changed?: components["schemas"]["TopUsersRow"][];
			/** @description Why the rows are old; null when they are current again. */
			error?: string | null;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			/** @description Their .id, in menus without .id their position. */
			removed?: string[];
			router_id: components["schemas"]["RouterID"];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "top_users";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "delta";
		};
		/** @description A PPP or hotspot user, with bits per second from the second reading on. Sides are those of the router. */
		TopUsersRow: {
			".id": string;
			address?: string;
			"bytes-in"?: components["schemas"]["Counter"];
			"bytes-out"?: components["schemas"]["Counter"];
			comment?: string;
			limit?: string;
			mac?: string;
			name: string;
			protocol?: string;
			"rx-bits-per-second"?: components["schemas"]["Counter"];
			/** @enum {string} */
			service: "ppp" | "hotspot";
			/** Format: date-time */
			since?: string;
			"tx-bits-per-second"?: components["schemas"]["Counter"];
		} & {
			[key: string]: unknown | components["schemas"]["Field"];
		};
		TopUsersSnapshot: {
			/** @description Why the rows are old or missing. */
			error?: string;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			router_id: components["schemas"]["RouterID"];
			rows: components["schemas"]["TopUsersRow"][];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "top_users";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "snapshot";
		};
		/**
		 * @description What a stream can watch.
		 * @enum {string}
		 */
		Topic: "alerts" | "arp" | "caps_man" | "counts" | "dhcp_leases" | "hardware" | "health" | "hotspot_active" | "identity" | "interfaces" | "log" | "ppp_active" | "queues" | "sessions" | "static_interfaces" | "top_users" | "traffic" | "wifi" | "wireless";
		/** @description An event of a topic, by its type. */
		TopicEvent: components["schemas"]["SnapshotEvent"] | components["schemas"]["DeltaEvent"] | components["schemas"]["SessionEvent"] | components["schemas"]["LogEvent"] | components["schemas"]["LogLinesEvent"];
		TrafficDelta: {
			added?: components["schemas"]["TrafficRow"][];
			/** @description Whole rows. */
			changed?: components["schemas"]["TrafficRow"][];
			/** @description Why the rows are old; null when they are current again. */
			error?: string | null;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			/** @description Their .id, in menus without .id their position. */
			removed?: string[];
			router_id: components["schemas"]["RouterID"];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "traffic";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "delta";
		};
		/** @description The interface with the most traffic, except those of PPP users, with bits per second. Sides are those of the router. */
		TrafficRow: {
			name: string;
			"rx-bits-per-second"?: components["schemas"]["Counter"];
			"tx-bits-per-second"?: components["schemas"]["Counter"];
		} & {
			[key: string]: unknown | components["schemas"]["Field"];
		};
		TrafficSnapshot: {
			/** @description Why the rows are old or missing. */
			error?: string;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			router_id: components["schemas"]["RouterID"];
			rows: components["schemas"]["TrafficRow"][];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "traffic";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "snapshot";
		};
		/**
		 * @description One refusal of a router.
		 * @example {
		 *       "category": 0,
		 *       "message": "no such item (4)"
		 *     }
		 */
		Trap: {
			/**
			 * Format: int32
			 * @description 0 to 7, by the documentation of the API of RouterOS; missing where the router sent none.
			 */
			category?: number;
			message: string;
		};
		/**
		 * @description A PPP or hotspot user who is connected.
		 * @example {
		 *       ".id": "*800001",
		 *       "address": "10.0.0.2",
		 *       "bytes-in": 231939060,
		 *       "bytes-out": 831939060,
		 *       "limit": "10000000/20000000",
		 *       "mac": "02:00:5E:10:00:00",
		 *       "name": "user-0000",
		 *       "protocol": "pppoe",
		 *       "rx-bits-per-second": 52000,
		 *       "service": "ppp",
		 *       "since": "2026-02-28T20:18:41Z",
		 *       "tx-bits-per-second": 180000
		 *     }
		 */
		User: {
			/** @description Of the row of /ppp/active or /ip/hotspot/active. */
			".id": string;
			address: string;
			/**
			 * Format: uint64
			 * @description Of the session; missing where the router has no counter for it.
			 */
			"bytes-in"?: number;
			/**
			 * Format: uint64
			 * @description Of the session; missing where the router has no counter for it.
			 */
			"bytes-out"?: number;
			comment?: string;
			/** @description max-limit of the dynamic queue: rx and tx in bits per second, such as 10000000/20000000. */
			limit?: string;
			/** @description Of PPP the caller-id, which is an IP address for services over IP. */
			mac: string;
			name: string;
			/** @description Of PPP pppoe, l2tp and so on, of hotspot how the user logged in. */
			protocol?: string;
			/**
			 * Format: uint64
			 * @description Missing until the second reading.
			 */
			"rx-bits-per-second"?: number;
			/** @enum {string} */
			service: "ppp" | "hotspot";
			/**
			 * Format: date-time
			 * @description When the session began.
			 */
			since?: string;
			/**
			 * Format: uint64
			 * @description Missing until the second reading.
			 */
			"tx-bits-per-second"?: number;
		};
		/**
		 * @example {
		 *       ".id": "*800001",
		 *       "disabled": false,
		 *       "disconnected": true,
		 *       "name": "user-0000",
		 *       "router_id": "cabang-jakarta-01",
		 *       "service": "ppp"
		 *     }
		 */
		UserAnswer: {
			".id": string;
			/** @description The account was disabled. */
			disabled: boolean;
			/** @description The session was ended. */
			disconnected: boolean;
			name: string;
			router_id: components["schemas"]["RouterID"];
			/** @enum {string} */
			service: "ppp" | "hotspot";
		};
		/**
		 * @description A user, as a row of ppp_active or hotspot_active has it.
		 * @example {
		 *       ".id": "*800001",
		 *       "name": "user-0000",
		 *       "service": "ppp"
		 *     }
		 */
		UserRequest: {
			".id": string;
			name: string;
			/** @enum {string} */
			service: "ppp" | "hotspot";
		};
		/**
		 * @example {
		 *       "at": "2026-03-01T02:00:00Z",
		 *       "router_id": "cabang-jakarta-01",
		 *       "success": true,
		 *       "total": 1,
		 *       "users": [
		 *         {
		 *           ".id": "*800001",
		 *           "address": "10.0.0.2",
		 *           "bytes-in": 231939060,
		 *           "bytes-out": 831939060,
		 *           "limit": "10000000/20000000",
		 *           "mac": "02:00:5E:10:00:00",
		 *           "name": "user-0000",
		 *           "protocol": "pppoe",
		 *           "rx-bits-per-second": 52000,
		 *           "service": "ppp",
		 *           "since": "2026-02-28T20:18:41Z",
		 *           "tx-bits-per-second": 180000
		 *         }
		 *       ]
		 *     }
		 */
		UsersAnswer: {
			/**
			 * Format: date-time
			 * @description When the router was read.
			 */
			at: string;
			router_id: components["schemas"]["RouterID"];
			/** @constant */
			success: true;
			/** @description Users that match, whatever the limit. */
			total: number;
			users: components["schemas"]["User"][];
		};
		WifiDelta: {
			added?: components["schemas"]["WifiRow"][];
			/** @description Whole rows. */
			changed?: components["schemas"]["WifiRow"][];
			/** @description Why the rows are old; null when they are current again. */
			error?: string | null;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			/** @description Their .id, in menus without .id their position. */
			removed?: string[];
			router_id: components["schemas"]["RouterID"];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "wifi";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "delta";
		};
		/** @description A row of /interface/wifi/registration-table. */
		WifiRow: {
			".id": string;
			ap?: components["schemas"]["Flag"];
			authorized?: components["schemas"]["Flag"];
			"last-activity"?: string;
			/** Format: int64 */
			"last-activity-milliseconds"?: number;
			/** Format: int64 */
			"last-activity-seconds"?: number;
			"rx-bits-per-second"?: components["schemas"]["Counter"];
			"tx-bits-per-second"?: components["schemas"]["Counter"];
			uptime?: string;
			/** Format: int64 */
			"uptime-milliseconds"?: number;
			/** Format: int64 */
			"uptime-seconds"?: number;
			wds?: components["schemas"]["Flag"];
		} & {
			[key: string]: unknown | components["schemas"]["Field"];
		};
		WifiSnapshot: {
			/** @description Why the rows are old or missing. */
			error?: string;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			router_id: components["schemas"]["RouterID"];
			rows: components["schemas"]["WifiRow"][];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "wifi";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "snapshot";
		};
		WirelessDelta: {
			added?: components["schemas"]["WirelessRow"][];
			/** @description Whole rows. */
			changed?: components["schemas"]["WirelessRow"][];
			/** @description Why the rows are old; null when they are current again. */
			error?: string | null;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			/** @description Their .id, in menus without .id their position. */
			removed?: string[];
			router_id: components["schemas"]["RouterID"];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "wireless";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "delta";
		};
		/** @description A row of /interface/wireless/registration-table. */
		WirelessRow: {
			".id": string;
			ap?: components["schemas"]["Flag"];
			authorized?: components["schemas"]["Flag"];
			"last-activity"?: string;
			/** Format: int64 */
			"last-activity-milliseconds"?: number;
			/** Format: int64 */
			"last-activity-seconds"?: number;
			"rx-bits-per-second"?: components["schemas"]["Counter"];
			"tx-bits-per-second"?: components["schemas"]["Counter"];
			uptime?: string;
			/** Format: int64 */
			"uptime-milliseconds"?: number;
			/** Format: int64 */
			"uptime-seconds"?: number;
			wds?: components["schemas"]["Flag"];
		} & {
			[key: string]: unknown | components["schemas"]["Field"];
		};
		WirelessSnapshot: {
			/** @description Why the rows are old or missing. */
			error?: string;
			/**
			 * Format: int64
			 * @description Present while the router is polled less often than configured.
			 */
			interval_ms?: number;
			router_id: components["schemas"]["RouterID"];
			rows: components["schemas"]["WirelessRow"][];
			/**
			 * @description discriminator enum property added by openapi-typescript
			 * @enum {string}
			 */
			topic: "wireless";
			/**
			 * Format: int64
			 * @description Unix seconds.
			 */
			ts: number;
			/** @constant */
			type: "snapshot";
		};
	};
	responses: never;
	parameters: never;
	requestBodies: never;
	headers: never;
	pathItems: never;
}
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
type History$1 = Omit<Schemas["HistoryAnswer"], "success">;
/** Why a router does not work. */
export type Examined = Schemas["Examined"];
/** The instances of the fleet. */
export type Fleet = Schemas["Fleet"];
/**
 * What an error is. Codes of the server are listed in docs/errors.md and never change;
 * a newer server may have further ones. The client itself has these:
 *
 * - `network`: there was no connection, or it broke
 * - `no_answer`: the server did not answer in time
 * - `foreign_answer`: the answer is not one of Mikronec, but of a proxy or portal before it;
 *   `status` is 0 if that redirects elsewhere
 * - `too_large`: a line of an answer is longer than the client takes
 */
export type Code = ServerCode | ClientCode | (string & {});
export type ClientCode = "network" | "no_answer" | "foreign_answer" | "too_large";
export type ServerCode = components["schemas"]["ErrorCode"];
/** One refusal of a router. */
export type Trap = components["schemas"]["Trap"];
export interface Failure {
	code: Code;
	message: string;
	status?: number;
	requestId?: string;
	retryAfter?: number;
	traps?: Trap[];
	rows?: Record<string, string>[];
	cause?: unknown;
}
/** Every error that a method of the client throws, but for an abort by the caller's signal. */
export declare class MikronecError extends Error {
	readonly name = "MikronecError";
	readonly code: Code;
	/** HTTP status; 0 without an answer, and for errors inside of a stream or a batch. */
	readonly status: number;
	/** Finds the request in the log of the server; empty without an answer. */
	readonly requestId: string;
	/** Seconds after which to try again; 0 if the server did not say so. */
	readonly retryAfter: number;
	/** With `router_refused`: all refusals; `message` is the first one. */
	readonly traps: readonly Trap[];
	/** With `router_refused`: the rows that came before. */
	readonly rows: readonly Record<string, string>[];
	constructor(f: Failure);
	/** Whether a command may have reached the router. If so, look before you repeat it. */
	get sent(): boolean;
}
export interface ClientOptions {
	/**
	 * Address of the server, such as `http://localhost:8080` or `https://example.org/mikronec`.
	 * Without it, a page talks to the server that it came from, below its own folder.
	 */
	url?: string | URL;
	/** API key, or a function that returns the present one. It is sent in the header `X-API-Key`. */
	key?: string | (() => string | Promise<string>);
	/**
	 * For a page that must not have a key: returns a ticket, which its backend got from
	 * `POST /tickets`. It is called whenever a stream is opened. A ticket opens streams
	 * and nothing else.
	 */
	ticket?: () => string | Promise<string>;
	/** Milliseconds in which an answer has to be complete, or begin if it is streamed; 90,000 without it. */
	timeoutMs?: number;
	/** Characters of the longest line that is taken from a stream; 64 million without it. */
	maxLine?: number;
	/** What to use in place of the global `fetch`. */
	fetch?: typeof fetch;
}
/** Options of one request. */
export interface RequestOptions {
	/** Aborts the request, and with it the command at the router. The reason is thrown as it is. */
	signal?: AbortSignal;
	/** Milliseconds, in place of those of the client; `Infinity` for no limit. */
	timeoutMs?: number;
}
interface Request$1 {
	method: string;
	/** Below the base, without a slash at the beginning. */
	path: string;
	query?: URLSearchParams;
	body?: unknown;
	/** Media type of the answer; JSON without it. */
	accept?: string;
	headers?: Record<string, string>;
}
declare class Requests {
	#private;
	readonly base: URL;
	readonly maxLine: number;
	constructor(options: ClientOptions);
	/** The address of a path. */
	at(path: string, query?: URLSearchParams): URL;
	/** The header with the key; none without a key. */
	credentials(): Promise<Record<string, string>>;
	/**
	 * Sends a request and reads its answer, which has to be complete in time; where `read`
	 * leaves the body to be read later, it has to begin in time. What is no success is thrown.
	 */
	send<T>(request: Request$1, options: RequestOptions, read: (response: Response) => Promise<T>): Promise<T>;
	/** The `data` of an answer. */
	data<T>(request: Request$1, options?: RequestOptions): Promise<T>;
	/** The lines of an answer, each of them JSON. The time limit is for its beginning. */
	objects<T>(request: Request$1, options: RequestOptions): AsyncGenerator<T, void, undefined>;
}
type RestValues = components["schemas"]["RESTRequest"];
type RestFilter = Record<string, string | number | boolean>;
/**
 * RouterOS's own REST of one router. Paths are those after `rest/`, such as
 * `ip/address` or `ip/address/*1`; see docs/rest.md.
 */
export declare class Rest {
	#private;
	constructor(requests: Requests, router: string);
	/** The rows of a menu. */
	list(path: string, filter?: RestFilter, options?: RequestOptions): Promise<TextRow[]>;
	/** One row, by its id or name, or the only one of a menu such as `system/identity`. */
	get(path: string, options?: RequestOptions): Promise<TextRow>;
	/** Adds a row and returns it. */
	add(path: string, values: RestValues, options?: RequestOptions): Promise<TextRow>;
	/** Changes a row, or a menu of one row, and returns it. */
	set(path: string, values: RestValues, options?: RequestOptions): Promise<TextRow>;
	/** Removes a row. */
	remove(path: string, options?: RequestOptions): Promise<void>;
	/** Executes a command: an array of rows, or an object with what the router says at the end. */
	command<T = TextRow[] | TextRow>(path: string, values?: RestValues, options?: RequestOptions): Promise<T>;
}
type Schemas$1 = components["schemas"];
/** What a stream can carry; a newer server may have further topics. */
export type Topic = Schemas$1["Topic"];
/** Every `POLL_INTERVAL`, on a stream without topics. */
export type CombinedEvent = Schemas$1["CombinedEvent"] & {
	topic?: undefined;
	type?: undefined;
};
/** All rows of a topic. */
export type SnapshotEvent = Schemas$1["SnapshotEvent"];
/** What changed in a topic. Rows of `added` and `changed` are complete; `removed` has ids. */
export type DeltaEvent = Schemas$1["DeltaEvent"];
/** An event of a topic; `topic` and `type` tell them apart. */
export type TopicEvent = Schemas$1["TopicEvent"];
export type DataEvent = CombinedEvent | TopicEvent;
/** A user who logged in or out. */
export type SessionEvent = Schemas$1["SessionEvent"];
/** A line of the log of a router. */
export type LogEvent = Schemas$1["LogEvent"];
/** The last lines of the log of a router, with which a stream begins. It replaces all lines before. */
export type LogLinesEvent = Schemas$1["LogLinesEvent"];
/** The session to a router was lost, is back, or the router was removed. */
export type StatusEvent = Schemas$1["StatusEvent"];
/** Earlier data of a topic are no longer valid, or events are missing. */
export type ResetEvent = Schemas$1["ResetEvent"];
export type HeartbeatEvent = Schemas$1["HeartbeatEvent"];
export type EndEvent = Schemas$1["EndEvent"];
/** Topics with a table. */
export type TableTopic = SnapshotEvent["topic"];
/** A row of a topic, with the names that the router gives its fields. */
export type RowOf<T extends TableTopic> = Extract<SnapshotEvent, {
	topic: T;
}>["rows"][number];
/** A row of any topic. */
export type Row = Record<string, unknown>;
/** An event of a stream as it came. */
export interface RawEvent {
	/** `message` for those without a name. */
	name: string;
	data: string;
	/** Empty for an event without an id. */
	id: string;
	/** Milliseconds to wait before the next connection, if the server said so since the last event. */
	retry?: number;
}
/** The rows of a topic of one router, by `.id`; rows without ids have their number. */
export type Table<R = Row> = ReadonlyMap<string, R>;
/** The tables of all routers and topics of one or several streams. */
export declare class Tables {
	#private;
	/** The rows of a topic, or undefined before the first snapshot. The map stays the same until the next snapshot. */
	get<T extends TableTopic>(router: string, topic: T): Table<RowOf<T>> | undefined;
	/** Why the rows are not current, or null: the words of the router or the server, or that events were lost. */
	error(router: string, topic: TableTopic): string | null;
	/** The router_ids of which there are tables. */
	routers(): string[];
	/** Takes over a table that another one has, for changes to apply to. */
	set(router: string, topic: TableTopic, rows: Table): void;
	/** Removes the tables of a router, or one of them. */
	delete(router: string, topic?: TableTopic): void;
	/** Takes a `reset`: the rows are kept to be shown, but no change is applied before a snapshot. */
	reset(router: string, topic: string): void;
	/** Takes a data event. */
	apply(event: DataEvent): void;
}
/** What to watch. */
export interface WatchQuery {
	/** One router_id, several, or `"*"` for all that the key sees, also those that are connected later. */
	routers: string | readonly string[];
	/** Without topics: one combined event with hardware and users. */
	topics?: readonly Topic[];
	/** `delta`: a snapshot first, then what changed. */
	mode?: "snapshot" | "delta";
	/** With `mode: "delta"`: changes of uptime, load and counters are sent as well, of all or of these topics. */
	volatile?: boolean | readonly Topic[];
}
export interface WatchOptions extends WatchQuery {
	/** Ends the watch. */
	signal?: AbortSignal;
	/** Tables to fill, for watches that share them; by default they have their own. */
	tables?: Tables;
	/** Id of an event after which to begin, from a watch of the same routers, topics and mode. */
	lastEventId?: string;
	/** In a page: close the connection while the page is hidden. Browsers open six to a server over HTTP/1.1, for all tabs. */
	pauseWhenHidden?: boolean;
	/** Milliseconds without a sign of the server, also a heart-beat (every 15 s), after which the connection is opened again; 60,000 without it. */
	silenceMs?: number;
	/**
	 * Milliseconds before the first and, doubled each time, the last attempt to connect again, give or
	 * take a quarter; without it, the server says how long to wait at first, and 15,000 is the most.
	 */
	backOff?: {
		firstMs: number;
		mostMs: number;
	};
	/** Opens a connection, in place of `fetch` in this thread. */
	transport?: Transport;
}
/** A connection to be opened. It is to be closed when the signal is aborted. */
export interface Connection {
	url: string;
	headers: Record<string, string>;
	signal: AbortSignal;
	maxLine: number;
}
/** Resolves when the server has answered with a stream, else throws a {@link MikronecError}. */
export type Transport = (connection: Connection) => Promise<AsyncIterable<RawEvent>>;
/** The state of a watch itself: {@link Watch} connects again by itself. */
export type WatchState = {
	event: "state";
	state: "connecting" | "paused";
}
/** `resumed`: the connection had been lost before. */
 | {
	event: "state";
	state: "live";
	resumed: boolean;
}
/** `error` says why the connection was lost or could not be made, if the server did not end it; `retryMs` is in milliseconds. */
 | {
	event: "state";
	state: "lost";
	error?: MikronecError;
	retryMs: number;
};
/** What a watch yields. The tables already have what `message` says. */
export type WatchEvent = {
	event: "message";
	data: DataEvent;
	id: string;
} | {
	event: "status";
	data: StatusEvent;
	id: string;
} | {
	event: "reset";
	data: ResetEvent;
	id: string;
} | {
	event: "heartbeat";
	data: HeartbeatEvent;
	id: string;
} | {
	event: "end";
	data: EndEvent;
	id: string;
} | WatchState;
/** The transport that is used without another one. */
export declare function fetchTransport(use?: ClientOptions["fetch"]): Transport;
/**
 * A stream that is kept open: it is opened again after a loss, where it was, with a new
 * ticket if it has no key. It is read by one `for await`, which ends when the watch is closed
 * or the router was disconnected, and throws when the server refuses the watch. While
 * nothing is read from it, the server skips snapshots.
 */
export declare class Watch implements AsyncIterable<WatchEvent> {
	#private;
	readonly tables: Tables;
	/** Id of the last event; see {@link WatchOptions.lastEventId}. */
	lastEventId: string;
	/** Unix milliseconds of the last sign of the server; 0 before the first one. */
	lastSign: number;
	constructor(requests: Requests, client: ClientOptions, options: WatchOptions);
	/** Whether the connection is open, as far as is known. */
	get live(): boolean;
	/** Ends the watch. */
	close(): void;
	/** Opens the connection again at once, from the last event on. */
	reopen(): void;
	/** Opens the connection again with another query, from the last event on if only `volatile` is another. */
	ask(query: WatchQuery): void;
	/** Opens the connection again if it has been silent for too long. It is called by a timer; call it when a device may have slept. */
	check(): void;
	[Symbol.asyncIterator](): AsyncGenerator<WatchEvent, void, undefined>;
}
/**
 * A client of one server. Its methods throw a {@link MikronecError}, or the reason of the
 * caller's signal. None of them repeats a request.
 */
export declare class Mikronec {
	#private;
	constructor(options?: ClientOptions);
	/** `GET /routers`: the status of all routers that the key sees. */
	routers(options?: RequestOptions): Promise<Router[]>;
	/** `GET /routers/{id}`. */
	router(id: string, options?: RequestOptions): Promise<Router>;
	/** `GET /routers?format=yaml`: the routers in the form of `ROUTERS_FILE`, without passwords. */
	routersFile(options?: RequestOptions): Promise<string>;
	/** `POST /connect`: logs in to a router and registers it. The present comment stays unless another is given. */
	connect(id: string, settings: RouterSettings, options?: RequestOptions): Promise<Connected>;
	/** `POST /disconnect`. */
	disconnect(id: string, options?: RequestOptions): Promise<Disconnected>;
	/** `PUT /routers/{id}`: as {@link connect}; a comment that is not given is removed. */
	putRouter(id: string, settings: RouterSettings, options?: RequestOptions): Promise<Connected>;
	/** `PATCH /routers/{id}`: changes what is given. */
	changeRouter(id: string, changes: RouterChanges, options?: RequestOptions): Promise<Connected>;
	/** `DELETE /routers/{id}`. */
	deleteRouter(id: string, options?: RequestOptions): Promise<Disconnected>;
	/** `POST /routers/{id}/retry`: connects to a router that is away, at once. */
	retryRouter(id: string, options?: RequestOptions): Promise<Retried>;
	/** `POST /routers/{id}/reboot`: restarts a router; `identity` has to be its name, as `/system/identity` has it. */
	rebootRouter(id: string, identity: string, options?: RequestOptions): Promise<Rebooting>;
	/** `GET /routers/{id}/users`: the users who are connected, with what they use of the line. */
	users(id: string, query?: UsersQuery, options?: RequestOptions): Promise<Users>;
	/** `POST /routers/{id}/users/disconnect`: ends the session of a user. */
	disconnectUser(id: string, user: UserRequest, options?: RequestOptions): Promise<UserAnswer>;
	/** `POST /routers/{id}/users/disable`: disables the account of a user and ends the session. */
	disableUser(id: string, user: UserRequest, options?: RequestOptions): Promise<UserAnswer>;
	/** `GET /system-info`: model, version and resources of a router. */
	systemInfo(id: string, options?: RequestOptions): Promise<SystemInfo>;
	/** `POST /run`: runs a command. `args` is its path, then attributes (`=name=value`) and queries (`?name=value`). */
	run(id: string, args: readonly string[], options?: RunOptions & RequestOptions): Promise<RunAnswer>;
	/**
	 * `POST /run` with rows as they come, for commands that do not end, such as `/ping` and `listen`.
	 * It returns what the router said at the end. Leaving the loop cancels the command on the router.
	 */
	rows(id: string, args: readonly string[], options?: RunOptions & RequestOptions): AsyncGenerator<TextRow, TextRow, undefined>;
	/** `POST /run/batch`: runs a command on many routers. Each gives one line when it is done; the summary is returned. */
	batch(routers: readonly string[] | "all", args: readonly string[], options?: BatchOptions & RequestOptions): AsyncGenerator<BatchLine, BatchSummary, undefined>;
	/** RouterOS's own REST of a router. */
	rest(id: string): Rest;
	/** `GET /alerts`: the alerts that fire. */
	alerts(options?: RequestOptions): Promise<Alert[]>;
	/** `GET /alerts/history`: the last alerts and events, 100 without a limit. */
	alertHistory(query?: {
		limit?: number;
	}, options?: RequestOptions): Promise<AlertTransition[]>;
	/** `POST /alerts/{id}/silence`: tells nothing of an alert for a time such as `2h`; `0s` ends that. */
	silenceAlert(id: string, time: string, options?: RequestOptions): Promise<Alert>;
	/** `GET /alerts/receivers`. */
	receivers(options?: RequestOptions): Promise<Receiver[]>;
	/** `POST /alerts/receivers/{name}/test`: sends a test message and waits for its delivery. */
	testReceiver(name: string, options?: RequestOptions): Promise<ReceiverTested>;
	/** `GET /search`: looks in the last tables of all routers; no router is asked. */
	search(q: string, query?: {
		limit?: number;
	}, options?: RequestOptions): Promise<Found>;
	/** `GET /routers/{id}/history`: what was measured of a router. */
	history(id: string, query?: HistoryQuery, options?: RequestOptions): Promise<History$1>;
	/** `GET /routers/{id}/doctor`: why a router does not work, and what to do. */
	examine(id: string, options?: RequestOptions): Promise<Examined>;
	/** `GET /fleet`: the instances of the fleet; a single instance throws `not_found`. */
	fleet(options?: RequestOptions): Promise<Fleet>;
	/** `POST /tickets`: a ticket with which a page without a key opens streams. */
	ticket(request: TicketRequest, options?: RequestOptions): Promise<Ticket>;
	/** `GET /whoami`: role and routers of the key. */
	whoami(options?: RequestOptions): Promise<Identity>;
	/** `GET /keys`: the keys whose routers are all among those of the own one. */
	keys(options?: RequestOptions): Promise<KeyInfo[]>;
	/** `POST /keys`: makes a key. */
	createKey(request: KeyRequest, options?: RequestOptions): Promise<MadeKey>;
	/** `DELETE /keys/{name}`: takes a key back, whose streams and commands end. */
	revokeKey(name: string, options?: RequestOptions): Promise<Revoked>;
	/** `GET /invitations`: those that can be exchanged. */
	invitations(options?: RequestOptions): Promise<InvitationInfo[]>;
	/** `POST /invitations`: an invitation to a key. */
	invite(request: InvitationRequest, options?: RequestOptions): Promise<MadeInvitation>;
	/** `DELETE /invitations/{name}`: takes an invitation back that was not exchanged. */
	withdrawInvitation(name: string, options?: RequestOptions): Promise<Revoked>;
	/** `POST /invitations/exchange`: makes the key of an invitation, once; needs no key. */
	exchangeInvitation(token: string, options?: RequestOptions): Promise<MadeKey>;
	/** `GET /healthz`: resolves if the process runs. */
	health(options?: RequestOptions): Promise<void>;
	/** `GET /readyz`: resolves if requests are accepted, else throws `starting` or `shutting_down`. */
	ready(options?: RequestOptions): Promise<void>;
	/** `GET /openapi.json`: the document of the API. */
	openAPI(options?: RequestOptions): Promise<Record<string, unknown>>;
	/** `GET /metrics`: the text format of Prometheus. */
	metrics(options?: RequestOptions): Promise<string>;
	/** `GET /sse`: watches routers, through restarts of the server and of the network. */
	watch(options: WatchOptions): Watch;
}

export {
	History$1 as History,
};

export {};
