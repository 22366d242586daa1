// Package browser holds tests of the event streams in a real Chromium with a
// plain EventSource: what browsers do that no other client does, such as coming
// back by themselves, or opening no more than six connections to a server. It
// has no code of its own.
package browser
