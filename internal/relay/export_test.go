package relay

// Failures are errors of every type that a code, a text or a decision depends on.
var Failures = failures
