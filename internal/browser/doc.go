// Package browser holds tests in a real Chromium: of the event streams with a
// plain EventSource, what browsers do that no other client does, such as coming
// back by themselves, or opening no more than six connections to a server; and
// of the dashboard. It has no code of its own.
package browser
