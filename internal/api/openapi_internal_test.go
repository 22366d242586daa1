package api

// Statuses are the statuses of the error codes, for the document.
var Statuses = statuses
