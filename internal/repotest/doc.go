// Package repotest holds tests about the repository itself: which package may
// import which, and what the Dockerfile promises. It has no code of its own.
package repotest
